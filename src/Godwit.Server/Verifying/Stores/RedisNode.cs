using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Processes;
using Godwit.Server.Verifying.Deployments;

namespace Godwit.Server.Verifying.Stores;

/// <summary>A <c>redis-server</c> that is started here, on a port and with a directory that stay over all of its lives.</summary>
/// <param name="folder">The directory, which is made.</param>
internal sealed class RedisNode(string folder) : IAsyncDisposable
{
    private const string Program = "redis-server";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(20);

    private ServerProcess? _process;

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; } = new(IPAddress.Loopback, FreePort());

    /// <summary>The number of its process; null without one.</summary>
    public int? Process => _process?.Id;

    /// <summary>Its port as an argument.</summary>
    public string Port => Address.Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>Starts it as a store that writes to the disk, and returns once it answers.</summary>
    /// <param name="sync">When it syncs: <c>always</c> or <c>everysec</c>.</param>
    /// <param name="primary">Whose replica it is; null for nobody's.</param>
    /// <param name="cancel">Gives up.</param>
    public Task StartAsync(string sync, RedisNode? primary, CancellationToken cancel) => StartAsync(
        [
            "--port", Port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes", "--appendfsync", sync,
            .. primary is null ? (string[])[] : ["--replicaof", $"127.0.0.1 {primary.Port}"],
        ],
        cancel);

    /// <summary>Starts it with these arguments, and returns once it answers.</summary>
    /// <exception cref="DeploymentException">It does not.</exception>
    public async Task StartAsync(IEnumerable<string> args, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        _process = ServerProcess.Start(Program, args, new Dictionary<string, string>());
        await UntilAsync(async () => await AskAsync("PING", cancel) == "+PONG", () => $"{Program} does not answer: {_process.Said}", Patience, cancel);
    }

    /// <summary>Kills it.</summary>
    public async Task EndAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    /// <summary>Sends it a signal.</summary>
    public void Signal(UnixSignal signal) => _process?.Signal(signal);

    /// <summary>Sends an inline command, and gives what of the answer comes at once; null if nobody is there.</summary>
    public async Task<string?> AskAsync(string command, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(Address, cancel);
            await socket.SendAsync(Encoding.ASCII.GetBytes(command + "\r\n"), SocketFlags.None, cancel);
            byte[] answer = new byte[8192];
            int octets = await socket.ReceiveAsync(answer, SocketFlags.None, cancel);
            return Encoding.ASCII.GetString(answer, 0, octets).Trim();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Waits until something is so.</summary>
    /// <exception cref="DeploymentException">It does not come to be.</exception>
    public static async Task UntilAsync(Func<Task<bool>> isSo, Func<string> otherwise, TimeSpan patience, CancellationToken cancel)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            if (TimeProvider.System.GetElapsedTime(since) > patience)
            {
                throw new DeploymentException(otherwise());
            }

            await Task.Delay(Often, TimeProvider.System, cancel);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await EndAsync();

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
