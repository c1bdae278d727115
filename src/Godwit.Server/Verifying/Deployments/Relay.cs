using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>Stands between the clients and an address of a server, and passes octets on: late, not at all, or until it cuts.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly ConcurrentDictionary<Passage, byte> _passages = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private readonly Lock _lock = new();
    private TaskCompletionSource? _held;
    private Random? _random;
    private int _most;

    /// <param name="address">Where clients come to it; the loopback address by default.</param>
    public Relay(IPAddress? address = null)
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address ?? IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Where it connects to; null while there is nothing, and then clients are reset.</summary>
    public EndPoint? Target { get; set; }

    /// <summary>By how much everything is late, one way.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many connections it passes on.</summary>
    public int Open => _passages.Count;

    /// <summary>Resets all connections.</summary>
    public int Cut()
    {
        int count = 0;
        foreach (Passage passage in _passages.Keys)
        {
            passage.Reset();
            count++;
        }

        return count;
    }

    /// <summary>From now on cuts every new connection after a number of octets of its answers, drawn from 1 to a most; with 0 it cuts none.</summary>
    public void CutAfter(int most, int seed)
    {
        lock (_lock)
        {
            (_most, _random) = (most, new Random(seed));
        }
    }

    /// <summary>Passes nothing on, either way, until <see cref="Release"/>. Connections stay open.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Passes on what was held.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _held?.TrySetResult();
            _held = null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        Release();
        Cut();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_end.Token);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }

            _ = Task.Run(() => PassAsync(client));
        }
    }

    private async Task PassAsync(Socket client)
    {
        using var passage = new Passage(client);

        // Before anything passes: what the first octets bring about may have it changed for those that come later.
        int budget = Budget();
        _passages.TryAdd(passage, 0);
        try
        {
            await HeldAsync();
            if (Target is not { } target)
            {
                passage.Reset();
                return;
            }

            await passage.Server.ConnectAsync(target, _end.Token);
            await Task.WhenAll(PumpAsync(passage, client, passage.Server, -1), PumpAsync(passage, passage.Server, client, budget));
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            passage.Reset();
        }
        finally
        {
            _passages.TryRemove(passage, out _);
        }
    }

    private async Task PumpAsync(Passage passage, Socket from, Socket to, int budget)
    {
        try
        {
            byte[] buffer = new byte[16 << 10];
            while (true)
            {
                int octets = await from.ReceiveAsync(buffer, SocketFlags.None, _end.Token);
                await HeldAsync();
                if (Delay is { Ticks: > 0 } delay)
                {
                    await Task.Delay(delay, TimeProvider.System, _end.Token);
                }

                if (octets == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                int passed = budget < 0 ? octets : Math.Min(octets, budget);
                for (int at = 0; at < passed;)
                {
                    at += await to.SendAsync(buffer.AsMemory(at, passed - at), SocketFlags.None, _end.Token);
                }

                budget -= budget < 0 ? 0 : passed;
                if (budget == 0)
                {
                    passage.End();
                    return;
                }
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            passage.Reset();
        }
    }

    private Task HeldAsync()
    {
        lock (_lock)
        {
            return _held?.Task.WaitAsync(_end.Token) ?? Task.CompletedTask;
        }
    }

    private int Budget()
    {
        lock (_lock)
        {
            return _most > 0 ? _random!.Next(1, _most + 1) : -1;
        }
    }

    /// <summary>A client's connection and the one that it is passed on by.</summary>
    private sealed class Passage(Socket client) : IDisposable
    {
        public Socket Server { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public void Reset()
        {
            Reset(client);
            Reset(Server);
        }

        /// <summary>Ends it so that what was passed on arrives before the end does; the server sees a reset.</summary>
        public void End()
        {
            Reset(Server);
            client.Shutdown(SocketShutdown.Send);
        }

        public void Dispose()
        {
            client.Dispose();
            Server.Dispose();
        }

        private static void Reset(Socket socket)
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                // It has ended by itself.
            }

            socket.Dispose();
        }
    }
}
