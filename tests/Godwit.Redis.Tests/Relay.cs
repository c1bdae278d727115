using System.Net;
using System.Net.Sockets;

namespace Godwit.Redis.Tests;

/// <summary>Stands between a broker and Redis: it cuts connections, keeps what comes to itself, or leads somewhere else from now on.</summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _lock = new();
    private readonly List<Line> _lines = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _target;
    private bool _isCut;

    /// <summary>Leads to a port of the loopback address.</summary>
    public Relay(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Endpoint => _listener.LocalEndpoint.ToString()!;

    /// <summary>Cuts every connection and takes no other until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _isCut = true;
            _lines.ForEach(static line => line.Close());
            _lines.Clear();
        }
    }

    /// <summary>Takes connections again.</summary>
    /// <param name="target">Where to lead from now on, if not where it did.</param>
    public void Mend(int? target = null)
    {
        lock (_lock)
        {
            _target = target ?? _target;
            _isCut = false;
        }
    }

    /// <summary>From now on nothing comes out of the connections that have subscribed; they stay open.</summary>
    public void Silence()
    {
        lock (_lock)
        {
            foreach (Line line in _lines)
            {
                line.IsSilent = line.HasSubscribed;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Cut();
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket near = await _listener.AcceptSocketAsync(_stopping.Token);
            int target;
            lock (_lock)
            {
                target = _isCut ? 0 : _target;
            }

            if (target == 0)
            {
                near.Close();
                continue;
            }

            var line = new Line(near);
            lock (_lock)
            {
                _lines.Add(line);
            }

            _ = line.RunAsync(target);
        }
    }

    private sealed class Line(Socket near)
    {
        private readonly Socket _far = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public volatile bool IsSilent;

        public volatile bool HasSubscribed;

        public void Close()
        {
            near.Close();
            _far.Close();
        }

        public async Task RunAsync(int target)
        {
            near.NoDelay = true;
            try
            {
                await _far.ConnectAsync(IPAddress.Loopback, target);
                await Task.WhenAny(CopyAsync(near, _far, isRequest: true), CopyAsync(_far, near, isRequest: false));
            }
            catch (SocketException)
            {
                // Nobody is there.
            }

            Close();
        }

        private async Task CopyAsync(Socket from, Socket to, bool isRequest)
        {
            byte[] buffer = new byte[1 << 16];
            try
            {
                while (await from.ReceiveAsync(buffer, SocketFlags.None) is int read and > 0)
                {
                    HasSubscribed |= isRequest && buffer.AsSpan(0, read).IndexOf("SUBSCRIBE"u8) >= 0;
                    for (int sent = 0; sent < read && (isRequest || !IsSilent);)
                    {
                        sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), SocketFlags.None);
                    }
                }
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                // It was cut.
            }
        }
    }
}
