using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Redis.Servers;

/// <summary>A connection to a Redis server that sends commands and reads replies, for what tests do to servers.</summary>
/// <remarks>Replies: text of a string or a number, null of nothing, a list of an array. An error is a <see cref="RedisRefusal"/>.</remarks>
internal sealed class RedisLink : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly NetworkStream _stream;
    private readonly byte[] _one = new byte[1];

    private RedisLink(string host, int port)
    {
        try
        {
            _socket.Connect(host, port);
            _stream = new NetworkStream(_socket, ownsSocket: false) { ReadTimeout = 30_000 };
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    public static RedisLink To(string host, int port) => new(host, port);

    /// <summary>Carries out one command.</summary>
    /// <exception cref="RedisRefusal">The server answered with an error.</exception>
    /// <exception cref="IOException">The connection ended, or no answer came within 30 s.</exception>
    public object? Do(params string[] command)
    {
        Send(command);
        return Read();
    }

    /// <summary>Sends a command without waiting for its reply.</summary>
    public void Send(params string[] command)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (string word in command)
        {
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        _stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private object? Read()
    {
        string line = ReadLine();
        switch (line[0])
        {
            case '+' or ':':
                return line[1..];
            case '-':
                throw new RedisRefusal(line[1..]);
            case '$':
                int length = int.Parse(line[1..], CultureInfo.InvariantCulture);
                if (length < 0)
                {
                    return null;
                }

                byte[] content = new byte[length + 2];
                _stream.ReadExactly(content);
                return Encoding.UTF8.GetString(content, 0, length);
            case '*':
                int count = int.Parse(line[1..], CultureInfo.InvariantCulture);
                return count < 0 ? null : Enumerable.Range(0, count).Select(_ => Read()).ToList();
            default:
                throw new IOException($"A reply begins with '{line}'.");
        }
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            _stream.ReadExactly(_one);
            if (_one[0] == '\n')
            {
                return line.ToString(0, line.Length - 1);
            }

            line.Append((char)_one[0]);
        }
    }
}

/// <summary>A Redis server answered with an error.</summary>
internal sealed class RedisRefusal(string message) : Exception(message);
