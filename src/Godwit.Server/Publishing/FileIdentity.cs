using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Godwit.Server.Publishing;

/// <summary>Which file a path leads to at the moment: another one after a rotation, though the name is the same.</summary>
/// <param name="Device">The device and the time that it was made, or 0.</param>
/// <param name="Number">The number of the file there.</param>
internal readonly partial record struct FileIdentity(ulong Device, ulong Number)
{
    // struct statx of the Linux kernel, the same on every architecture.
    private const int Size = 256;
    private const int InodeAt = 32;
    private const int MajorAt = 136;
    private const int MinorAt = 140;
    private const int CurrentDirectory = -100;
    private const uint WantsInode = 0x100;

    /// <summary>Looks; null where there is no file.</summary>
    public static FileIdentity? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var file = new FileInfo(path);
            return file.Exists ? new FileIdentity(0, (ulong)file.CreationTimeUtc.Ticks) : null;
        }

        Span<byte> status = stackalloc byte[Size];
        if (Statx(CurrentDirectory, path, 0, WantsInode, ref MemoryMarshal.GetReference(status)) != 0)
        {
            return null;
        }

        ulong device = ((ulong)Word(status, MajorAt) << 32) | Word(status, MinorAt);
        return new FileIdentity(device, BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt64LittleEndian(status[InodeAt..]) : BinaryPrimitives.ReadUInt64BigEndian(status[InodeAt..]));
    }

    private static uint Word(ReadOnlySpan<byte> status, int at) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(status[at..]) : BinaryPrimitives.ReadUInt32BigEndian(status[at..]);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, ref byte status);
}
