using System.Globalization;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>A user reads a room over every transport, and then the user's credentials are revoked.</summary>
internal sealed class RevocationRound(RunRecord record, Deployment deployment, RoomRecord room, string user, TimeSpan bound)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<KeyValuePair<string, string>> _headers = deployment.HeadersOf(user)!;
    private long _revoked = long.MaxValue;

    /// <summary>Carries it out.</summary>
    /// <returns>What came of it.</returns>
    public async Task<string> RunAsync(CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Guest[] guests = [.. deployment.Transports.Select(static transport => new Guest(transport))];
        Task[] reading = [.. guests.Select((guest, i) => Task.Run(() => ReadAsync(guest, deployment.WayIn(i % deployment.Entrances.Count, guest.Transport.IsWebSocket()), end.Token), CancellationToken.None))];
        try
        {
            await Task.WhenAny(Task.WhenAll(guests.Select(static guest => guest.Reads.Task)), Task.Delay(Patience, TimeProvider.System, cancel));
            await deployment.RevokeAsync(user, cancel);
            Volatile.Write(ref _revoked, record.Clock.Now.Ticks);
            await Task.Delay(bound + Watch, TimeProvider.System, cancel);
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{guests.Count(static guest => guest.Reads.Task.IsCompleted)} of {guests.Length} transports read before");
    }

    private async Task ReadAsync(Guest guest, Entrance entrance, CancellationToken cancel)
    {
        ProbeStart start = ProbeStart.Now;
        while (!cancel.IsCancellationRequested)
        {
            TimeSpan asked = record.Clock.Now;
            var trail = new FrameTrail(record.Clock);
            try
            {
                await using ReaderProbe reader = ReaderProbe.Open(guest.Transport, entrance.Room(room.Name, _headers) with { Wait = TimeSpan.FromSeconds(5), PollEvery = TimeSpan.FromMilliseconds(50), InsistsOnSession = false }, start);
                while (!reader.Ended)
                {
                    ProbeFrame frame = await reader.ReadAsync(cancel);
                    trail.Add(frame);
                    Judge(guest, frame, asked, entrance, trail);
                }

                start = reader.Resume;
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (ContractException breach) when (deployment.IsOfProxy(breach))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
            }
            catch (ContractException breach)
            {
                record.Violates(Promise.WireContract, breach.Message, $"the reader {user} ({guest.Transport}, {entrance})", room.Name, trail.Lines());
                return;
            }
        }
    }

    private void Judge(Guest guest, ProbeFrame frame, TimeSpan asked, Entrance entrance, FrameTrail trail)
    {
        if (frame.Kind == ProbeFrameKind.Joined || frame.Kind == ProbeFrameKind.Entry)
        {
            guest.Reads.TrySetResult();
        }

        long ticks = Volatile.Read(ref _revoked);
        if (ticks == long.MaxValue)
        {
            return;
        }

        // What this program did late is not the servers' fault.
        TimeSpan allowed = bound + record.Clock.Lag;
        TimeSpan revoked = TimeSpan.FromTicks(ticks);
        string? wrong = frame.Kind switch
        {
            ProbeFrameKind.Joined when asked > revoked + allowed => "was let in again",
            ProbeFrameKind.Entry when room.PublishOf(frame.Data!) is { } publish && publish.Begun > revoked + allowed => $"was given entry {frame.Position}, published {(publish.Begun - revoked).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture)} s later",
            _ => null,
        };
        if (wrong is not null)
        {
            record.Violates(Promise.Access, $"A reader whose credentials were revoked {wrong}", $"the reader {user} ({guest.Transport}, {entrance})", room.Name, trail.Lines());
        }
    }

    private sealed record Guest(ProbeTransport Transport)
    {
        public TaskCompletionSource Reads { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
