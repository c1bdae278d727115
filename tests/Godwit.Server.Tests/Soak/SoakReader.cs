using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Soak;

/// <summary>One reader of one room that is cut, leaves and changes transport at random until it has seen the last entry.</summary>
/// <param name="room">Which room.</param>
/// <param name="seed">Decides what it does.</param>
/// <param name="longest">The most frames it stays for on one connection.</param>
/// <param name="name">Its name in a failure.</param>
internal sealed class SoakReader(SoakRoom room, int seed, int longest, string name)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Random _random = new(seed);
    private readonly EntryLedger _ledger = new(name) { KeepsPositions = false };
    private readonly int[] _connections = new int[ProbeTransports.All.Count];
    private long _sum;
    private bool _done;

    /// <summary>The offset of the last entry seen.</summary>
    public long Seen => _ledger.Next - 1;

    /// <summary>How many connections it made over each transport.</summary>
    public IReadOnlyList<int> Connections => _connections;

    /// <summary>What it is doing, for a failure.</summary>
    public string State { get; private set; } = "not begun";

    /// <summary>Reads everything; fails with the frames around the first anomaly.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        ProbeStart start = ProbeStart.Oldest;
        while (!_done)
        {
            ProbeTransport transport = ProbeTransports.All[_random.Next(ProbeTransports.All.Count)];
            _connections[(int)transport]++;
            State = $"{transport} {start} at {Seen}";
            await using ReaderProbe reader = ReaderProbe.Open(transport, room.Target, start);
            await StintAsync(reader, cancel);
            start = reader.Resume;

            // Now and then it is out of reach for a while, so that it has to catch up from the log.
            if (_random.Next(30) == 0)
            {
                State = $"away at {Seen}";
                await Task.Delay(_random.Next(2000), cancel);
            }
        }

        // The last entry is not among those that were acknowledged to a publisher.
        if (_sum != room.Sum || Seen != room.Entries + 1)
        {
            throw _ledger.Anomaly($"saw {Seen} entries that are not the {room.Entries + 1} that were acknowledged");
        }
    }

    private async Task StintAsync(ReaderProbe reader, CancellationToken cancel)
    {
        // Most stays are short; some are long enough to live from the tail.
        int frames = _random.Next(4) == 0 ? _random.Next(longest) : _random.Next(60);
        try
        {
            for (int i = 0; i < frames && !_done; i++)
            {
                Take(await ReadAsync(reader, cancel), reader);
                if (reader.Ended)
                {
                    return;
                }
            }

            switch (_random.Next(3))
            {
                case 0 when !_done:
                    Task<ProbeFrame> midway = ReadAsync(reader, cancel);
                    reader.Cut();
                    Take(await midway, reader);
                    break;
                case 1:
                    await reader.CloseAsync(cancel);
                    break;
                default:
                    reader.Cut();
                    break;
            }
        }
        catch (ContractException breach)
        {
            throw _ledger.Anomaly(breach.Message);
        }
        catch (IOException) when (reader.Transport.IsWebSocket())
        {
            // The server ended first while the close frame was on its way.
        }
    }

    private void Take(ProbeFrame frame, ReaderProbe reader)
    {
        _ledger.Take(frame, reader);
        if (frame.Kind == ProbeFrameKind.End && !frame.Orderly && frame.Raw != "cut by the probe")
        {
            throw _ledger.Anomaly("the server cut the connection");
        }

        if (frame.Kind == ProbeFrameKind.Entry)
        {
            _done = frame.Data == SoakRoom.Last;
            _sum += _done ? 0 : SoakRoom.Digest(frame.Position!, frame.Data!);
        }
    }

    private async Task<ProbeFrame> ReadAsync(ReaderProbe reader, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            return await reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw _ledger.Anomaly($"nothing came over {reader.Transport} for {Patience.TotalSeconds} s, not even a heartbeat");
        }
    }
}
