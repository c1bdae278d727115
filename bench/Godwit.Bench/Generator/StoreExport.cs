using System.Globalization;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Generator;

/// <summary>Makes a data directory of many rooms: an export, as <c>godwit data import</c> reads it.</summary>
internal static class StoreExport
{
    /// <summary>Writes the export and imports it.</summary>
    /// <param name="system">Whose program imports it.</param>
    /// <param name="repository">Where that is.</param>
    /// <param name="folder">Where the directory is made.</param>
    /// <param name="directory">Its name there.</param>
    /// <param name="rooms">How many rooms.</param>
    /// <param name="entries">How many entries in each.</param>
    public static void Import(GodwitSystem system, Repository repository, DataFolder folder, string directory, int rooms, int entries)
    {
        string file = folder.File(directory + ".ndjson");
        using (StreamWriter lines = new(file))
        {
            Write(lines, rooms, entries);
        }

        repository.Run(system.Program(repository), "data", "import", folder.File(directory), "--in", file);
        File.Delete(file);
    }

    private static void Write(StreamWriter lines, int rooms, int entries)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        string pad = new('x', PublishForm.DataLength - 20);
        lines.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"godwit\":1,\"clock\":{now}}}\n"));
        for (int room = 0; room < rooms; room++)
        {
            // Eleven digits of base 64 that stand for 64 bits: any number above zero does.
            lines.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"room\":\"idle-room-{room:0000000000}\",\"epoch\":\"B{room:0000000000}\",\"head\":{entries},\"headMark\":{entries},\"trimmed\":0,\"trimmedMark\":0,\"used\":{now}}}\n"));
            for (int entry = 1; entry <= entries; entry++)
            {
                lines.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"offset\":{entry},\"mark\":{entry},\"time\":{now},\"taken\":{now},\"event\":\"message\",\"data\":{{\"n\":{entry + 100},\"pad\":\"{pad}\"}}}}\n"));
            }
        }
    }
}
