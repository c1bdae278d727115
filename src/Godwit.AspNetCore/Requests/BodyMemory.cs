using System.Runtime.InteropServices;

namespace Godwit.AspNetCore.Requests;

/// <summary>Where a body is put together that comes in pieces: memory of the system, which grows where it lies and is gone at once when it is given back.</summary>
/// <remarks>
/// On the heap, arrays of this size would be large objects, of which hundreds that come and go have the collector look at everything again and
/// again, and stop everyone who has sent nothing large.
/// </remarks>
internal sealed unsafe class BodyMemory : IDisposable
{
    private byte* _octets;

    /// <summary>How many octets there are.</summary>
    public int Length { get; private set; }

    /// <summary>The octets; not to be used once there are more, or none any more.</summary>
    public Span<byte> Span => new(_octets, Length);

    /// <summary>Makes it larger; what it holds stays.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more.</exception>
    public void Grow(int length)
    {
        _octets = (byte*)NativeMemory.Realloc(_octets, (nuint)length);
        Length = length;
    }

    public void Dispose()
    {
        NativeMemory.Free(_octets);
        _octets = null;
        Length = 0;
    }
}
