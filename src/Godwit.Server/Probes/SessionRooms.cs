using System.Text;
using System.Text.Json;

namespace Godwit.Server.Probes;

/// <summary>The rooms that a probe reads through a session, as it asks for them.</summary>
internal sealed class SessionRooms(IReadOnlyList<KeyValuePair<string, ProbeStart>> rooms)
{
    /// <summary>The rooms in the order in which they are asked for.</summary>
    public IReadOnlyList<KeyValuePair<string, ProbeStart>> All { get; } = rooms;

    /// <summary>Where reading of a room is to begin.</summary>
    public ProbeStart StartOf(string room)
    {
        foreach ((string name, ProbeStart start) in All)
        {
            if (name == room)
            {
                return start;
            }
        }

        return ProbeStart.Unsaid;
    }

    /// <summary>Whether it is one of them.</summary>
    public bool Has(string room)
    {
        foreach ((string name, _) in All)
        {
            if (name == room)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The object <c>rooms</c>.</summary>
    public override string ToString() => Json(static start => start.Json);

    /// <summary>The object <c>rooms</c>, with the delivery <c>latest</c> for each.</summary>
    public string Latest => Json(static start => start.LatestJson);

    private string Json(Func<ProbeStart, string> of)
    {
        var text = new StringBuilder("{");
        foreach ((string name, ProbeStart start) in All)
        {
            text.Append(text.Length > 1 ? "," : "").Append('"').Append(JsonEncodedText.Encode(name)).Append("\":").Append(of(start));
        }

        return text.Append('}').ToString();
    }

    /// <summary>The members that <c>hello</c> and an exchange have in common, with the rooms given as JSON.</summary>
    public static string Members(string rooms, string? session) =>
        session is null ? $"\"rooms\":{rooms}" : $"\"session\":\"{JsonEncodedText.Encode(session)}\",\"rooms\":{rooms}";
}
