using System.CommandLine;
using System.CommandLine.Parsing;
using Godwit.Access;
using Godwit.Rooms;
using Godwit.Server.Configuration;

namespace Godwit.Server.Commands;

/// <summary>The flag that gives rights: <c>--grant 'chat:*=read,publish'</c>.</summary>
internal static class GrantFlag
{
    /// <summary>Makes the flag.</summary>
    public static Option<string[]> Create(string description)
    {
        var grants = new Option<string[]>("--grant")
        {
            Description = $"{description} Rooms, which may be a pattern, =, and rights of {RightNames.Rule}, separated by commas. Repeatable.",
            HelpName = "ROOMS=RIGHTS",
            DefaultValueFactory = _ => [],
        };
        grants.Validators.Add(static result =>
        {
            foreach (Token token in result.Tokens)
            {
                if (Read(token.Value) is null)
                {
                    result.AddError($"--grant: {Fault.Quote(token.Value)} is not of the form ROOMS=RIGHTS, such as 'chat:*=read,publish'. {RoomPattern.Rule} The rights are {RightNames.Rule}.");
                }
            }
        });
        return grants;
    }

    /// <summary>The grants that were given, each of which was found to be one.</summary>
    public static Grants Read(IEnumerable<string> given) => new(given.Select(static text => Read(text)!));

    private static Grant? Read(string text)
    {
        if (text.Split('=') is not [var rooms, var names] || !RoomPattern.TryParse(rooms, out RoomPattern? pattern))
        {
            return null;
        }

        Rights rights = Rights.None;
        foreach (string name in names.Split(','))
        {
            Rights right = RightNames.Find(name);
            if (right == Rights.None)
            {
                return null;
            }

            rights |= right;
        }

        return new Grant(pattern, rights);
    }
}
