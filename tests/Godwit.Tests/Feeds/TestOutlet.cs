using Godwit.Feeds.Pump;

namespace Godwit.Tests.Feeds;

/// <summary>A socket that takes as many octets of a write as the test says, and the rest when the test lets it through.</summary>
/// <param name="take">How many octets of a write of a length are taken; all when it is null.</param>
internal sealed class TestOutlet(Func<int, int>? take = null) : Outlet
{
    private readonly List<byte> _octets = [];
    private byte[]? _rest;

    /// <summary>How many octets of a write of a length are taken; all when it is null.</summary>
    public Func<int, int>? Take { get; set; } = take;

    /// <summary>What the client got.</summary>
    public byte[] Octets => [.. _octets];

    /// <summary>The writes so far.</summary>
    public int Writes { get; private set; }

    /// <summary>Whether a write ended short and waits to be let through.</summary>
    public bool IsPending => _rest is not null;

    public bool IsAborted { get; private set; }

    /// <summary>What the connection did that no outlet allows; null while it did nothing.</summary>
    public string? Fault { get; private set; }

    /// <summary>What a write throws.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Called by every write, before it takes anything.</summary>
    public Action? OnWrite { get; set; }

    /// <summary>Lets octets of what is pending through.</summary>
    public void Let(int octets = int.MaxValue)
    {
        if (_rest is not { } rest)
        {
            return;
        }

        int count = Math.Min(octets, rest.Length);
        _octets.AddRange(rest.AsSpan(0, count));
        _rest = rest[count..];
        if (_rest.Length == 0)
        {
            _rest = null;
            Drained();
        }
        else
        {
            Progressed();
        }
    }

    /// <summary>Forgets what the client got.</summary>
    public void Forget() => _octets.Clear();

    public override void Abort()
    {
        IsAborted = true;
        if (_rest is not null)
        {
            _rest = null;
            Drained();
        }
    }

    protected override int Write(ReadOnlyMemory<byte> octets)
    {
        Fault ??= _rest is null ? null : "It wrote while the outlet was full.";
        Writes++;
        OnWrite?.Invoke();
        if (Failure is { } failure)
        {
            throw failure;
        }

        if (IsAborted)
        {
            return octets.Length;
        }

        int taken = Math.Clamp(Take?.Invoke(octets.Length) ?? octets.Length, 0, octets.Length);
        _octets.AddRange(octets.Span[..taken]);
        return taken;
    }

    protected override void WriteRest(byte[] rest)
    {
        if (IsAborted)
        {
            Drained();
            return;
        }

        _rest = rest;
    }
}
