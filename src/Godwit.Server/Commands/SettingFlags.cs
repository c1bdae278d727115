using System.CommandLine;
using System.CommandLine.Parsing;
using Godwit.Server.Configuration;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Commands;

/// <summary>The flags that set settings, made from their declarations.</summary>
internal sealed class SettingFlags
{
    private readonly List<(Setting<ServerSettings> Setting, Option Option)> _flags = [];

    public SettingFlags(SettingTable<ServerSettings> table)
    {
        var defaults = new ServerSettings();
        foreach (Setting<ServerSettings> setting in table.Settings.Where(setting => setting.Flag is not null))
        {
            string repeatable = setting.IsList ? " Repeatable." : "";
            string preset = setting.IsSwitch ? "" : $" [default: {setting.Print(defaults)}]";

            // Whatever is given is taken as text here, and checked like the values of the other sources.
            Option option = setting.IsSwitch
                ? new Option<bool>(setting.Flag!) { CustomParser = _ => true }
                : new Option<string[]>(setting.Flag!) { HelpName = setting.Placeholder };
            option.Description = $"{setting.Description}{repeatable}{preset}";
            option.Arity = ArgumentArity.ZeroOrMore;
            _flags.Add((setting, option));
        }
    }

    public IEnumerable<Option> Options => _flags.Select(flag => flag.Option);

    /// <summary>What the flags of a command line set; values are checked where those of all sources are.</summary>
    public SourceNode Read(ParseResult parsed, List<Fault> faults)
    {
        var root = new SourceNode("the command line", SourceKind.Object);
        foreach ((Setting<ServerSettings> setting, Option option) in _flags)
        {
            if (parsed.GetResult(option) is not OptionResult { IdentifierTokenCount: > 0 } given)
            {
                continue;
            }

            string flag = setting.Flag!;
            if (given.IdentifierTokenCount > 1 && !setting.IsList)
            {
                faults.Add(new Fault(flag, setting.Path, "it is given more than once", "leave one"));
                continue;
            }

            if (given.Tokens.Count < given.IdentifierTokenCount && !setting.IsSwitch)
            {
                faults.Add(new Fault(flag, setting.Path, "it has no value", $"it takes {setting.Rule}"));
                continue;
            }

            SourceNode value = new(flag, setting.IsList ? SourceKind.List : SourceKind.Text, setting.IsList ? "" : given.Tokens.Count == 0 ? "true" : given.Tokens[0].Value);
            if (setting.IsList)
            {
                value.Items.AddRange(given.Tokens.Select(token => new SourceNode(flag, SourceKind.Text, token.Value)));
            }

            root.Members.Add((setting.Path, value));
        }

        return root;
    }
}
