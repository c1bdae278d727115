using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>Compares the list of a room's members, at each server, with those who are there.</summary>
internal sealed class PresenceList(RunRecord record, Deployment deployment, string room, IReadOnlyList<PresenceMember> members)
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(500);

    // A member by exchanges is one for a minute after the last of them.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(65);

    /// <summary>Compares until all is as it has to be, or the time is over.</summary>
    public async Task CompareAsync(TimeSpan bound, CancellationToken cancel)
    {
        TimeSpan since = record.Clock.Now;
        foreach (Entrance entrance in deployment.DirectEntrances)
        {
            IReadOnlyList<string> wrong = ["could not be asked for"];
            while (wrong.Count > 0 && record.Clock.Now - since < bound)
            {
                wrong = await ListAsync(entrance, cancel) is { } listed ? Differences(listed) : wrong;
                if (wrong.Count > 0)
                {
                    await Task.Delay(Often, TimeProvider.System, cancel);
                }
            }

            foreach (string difference in wrong)
            {
                record.Violates(Promise.Presence, $"The list of members at {entrance} {difference}, {bound.TotalSeconds} s after the last fault", "whoever asks for the members", room, members.SelectMany(static member => member.Frames.TakeLast(2)));
            }
        }
    }

    private List<string> Differences(IReadOnlySet<string> listed)
    {
        var wrong = new List<string>();
        foreach (PresenceMember member in members)
        {
            (string? session, bool isPresent) = member.State;
            if (isPresent && !listed.Contains(session!))
            {
                wrong.Add($"lacks {member.Name}, session {session}");
            }
        }

        foreach (string session in listed)
        {
            PresenceMember? owner = members.FirstOrDefault(member => member.State.Session == session);
            if (owner is not null ? !owner.MayLinger(session, Grace) : !members.Any(member => member.MayLinger(session, Grace)))
            {
                wrong.Add($"has the session {session}, {(owner is null ? "which is nobody's" : $"of {owner.Name}, which has left")}");
            }
        }

        return wrong;
    }

    private async Task<IReadOnlySet<string>?> ListAsync(Entrance entrance, CancellationToken cancel)
    {
        ProbeTarget target = entrance.Room(room, deployment.ReaderHeaders);
        using var connection = new ProbeConnection(target);
        var listed = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            for (string? cursor = ""; cursor is not null;)
            {
                string from = cursor.Length == 0 ? "" : $",\"cursor\":\"{JsonEncodedText.Encode(cursor)}\"";
                using var request = new HttpRequestMessage(HttpMethod.Post, target.SessionAddress)
                {
                    Content = new StringContent($"{{\"send\":[{{\"op\":\"members\",\"id\":1,\"room\":\"{room}\"{from}}}]}}", Encoding.UTF8, "application/json"),
                };
                using HttpResponseMessage answer = await connection.SendAsync(request, cancel);
                string text = await ProbeConnection.TextAsync(answer, cancel);
                if ((int)answer.StatusCode != 200)
                {
                    return null;
                }

                using JsonDocument document = ProbeFrameParser.Parse(text);
                JsonElement reply = document.RootElement.GetProperty("replies")[0];
                if (!reply.TryGetProperty("members", out JsonElement page))
                {
                    return null;
                }

                listed.UnionWith(page.EnumerateArray().Select(static member => member.GetProperty("session").GetString()!));
                cursor = reply.TryGetProperty("cursor", out JsonElement next) ? next.GetString() : null;
            }

            return listed;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException)
        {
            return null;
        }
    }
}
