using System.Text.Json;
using Godwit.Brokers;
using Godwit.Json;
using Godwit.Protocol;

namespace Godwit.Sessions.Frames;

/// <summary>What <c>after</c> and <c>before</c> take.</summary>
internal static class AfterField
{
    /// <summary>What <c>after</c> is, for error messages.</summary>
    public const string Kind = "a position, 'now' or 'start'";

    /// <summary>Reads the string that a reader stands on.</summary>
    /// <param name="reader">Stands on a string.</param>
    /// <param name="isBefore">Whether it is <c>before</c>, which takes positions alone.</param>
    /// <param name="from">Where reading begins.</param>
    public static bool TryRead(in Utf8JsonReader reader, bool isBefore, out ReadFrom from)
    {
        from = default;
        Span<byte> plain = stackalloc byte[Position.MaxTextLength];
        int length = StringField.Copy(in reader, plain);
        if (length < 0)
        {
            return false;
        }

        plain = plain[..length];
        if (!isBefore && plain.SequenceEqual("now"u8))
        {
            from = ReadFrom.Now;
            return true;
        }

        if (!isBefore && plain.SequenceEqual("start"u8))
        {
            from = ReadFrom.Start;
            return true;
        }

        if (!Position.TryParse(plain, out Position position))
        {
            return false;
        }

        from = isBefore ? ReadFrom.Before(position) : ReadFrom.After(position);
        return true;
    }

    /// <summary>What is wrong with a text that is none.</summary>
    public static string Fault(string name, bool isBefore) =>
        $"'{name}' is no position. {Position.Rule}{(isBefore ? "" : " 'now' and 'start' are taken too.")}";
}
