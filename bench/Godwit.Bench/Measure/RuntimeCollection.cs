using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Bench.Measure;

/// <summary>Has a .NET server collect its garbage, so that what its heap holds afterwards is live.</summary>
/// <remarks>
/// Over the runtime's diagnostics socket: a trace session with the keyword GCHeapCollect makes the runtime collect everything
/// once. The protocol is https://github.com/dotnet/diagnostics/blob/main/documentation/design-docs/ipc-protocol.md.
/// </remarks>
internal static class RuntimeCollection
{
    private const byte EventPipe = 2, StopTracing = 1, CollectTracing = 2;
    private const ulong GcHeapCollect = 0x80_0000;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>Collects. Returns false when the process is no .NET runtime that takes such orders.</summary>
    public static bool Force(int process)
    {
        string path = SocketOf(process);
        if (!File.Exists(path))
        {
            return false;
        }

        using MemoryStream payload = new();
        using BinaryWriter writer = new(payload);
        writer.Write(1u); // MiB of buffers
        writer.Write(1u); // the format nettrace
        writer.Write(1u); // one provider
        writer.Write(GcHeapCollect);
        writer.Write(5u); // the level verbose
        WriteText(writer, "Microsoft-Windows-DotNETRuntime");
        WriteText(writer, "");
        using Socket session = Connect(path);
        byte[] answer = Ask(session, CollectTracing, payload.ToArray());

        // Stopping waits for what the session has begun; the trace itself is not of interest, but has to be taken.
        using Socket order = Connect(path);
        Thread drain = new(() => Drain(session)) { IsBackground = true };
        drain.Start();
        Thread.Sleep(500);
        Ask(order, StopTracing, answer[..8]);
        drain.Join(s_limit);
        return true;
    }

    /// <summary>Where a runtime listens: by its number, and by when it began, since one that was killed leaves its socket behind, and another process gets its number.</summary>
    public static string SocketOf(int process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");

        // The 22nd field; the second, the program's name, may hold anything and ends with the last parenthesis.
        string began = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        return Path.Combine(Path.GetTempPath(), $"dotnet-diagnostic-{process}-{began}-socket");
    }

    private static Socket Connect(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)s_limit.TotalMilliseconds };
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static byte[] Ask(Socket socket, byte command, byte[] payload)
    {
        byte[] header = new byte[20];
        "DOTNET_IPC_V1\0"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(14), (ushort)(header.Length + payload.Length));
        header[16] = EventPipe;
        header[17] = command;
        socket.Send([.. header, .. payload]);
        Receive(socket, header);
        byte[] answer = new byte[BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(14)) - header.Length];
        Receive(socket, answer);
        return header[17] == 0 && answer.Length >= 8 ? answer : throw new BenchFault("The runtime refused to collect.");
    }

    private static void Receive(Socket socket, Span<byte> into)
    {
        for (int at = 0; at < into.Length;)
        {
            int count = socket.Receive(into[at..]);
            at += count > 0 ? count : throw new BenchFault("The runtime's diagnostics ended.");
        }
    }

    private static void Drain(Socket socket)
    {
        try
        {
            byte[] buffer = new byte[64 << 10];
            while (socket.Receive(buffer) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The session has ended.
        }
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        writer.Write(text.Length + 1);
        writer.Write(Encoding.Unicode.GetBytes(text + '\0'));
    }
}
