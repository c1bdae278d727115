namespace Godwit.Bench.Generator;

/// <summary>How the readers of an audience read.</summary>
internal sealed record ReaderSettings
{
    /// <summary>Whether they speak TLS.</summary>
    public bool Encrypts { get; init; }

    /// <summary>Whether they read nothing any more once they are in.</summary>
    public bool StopsReading { get; init; }

    /// <summary>Octets of each one's receive buffer; 0 for the kernel's own choice.</summary>
    public int ReceiveBuffer { get; init; }

    /// <summary>When entries were published, where times are taken.</summary>
    public Timeline? Timeline { get; init; }

    /// <summary>One reader in so many is timed, since timing all of them would be felt.</summary>
    public int TimedOneIn { get; init; } = 16;
}
