using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Server.Processes;

namespace Godwit.Server.Reporting;

/// <summary>A file with a report that a command was told to write.</summary>
internal static class ReportFile
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of a report for programs.</summary>
    /// <param name="began">When what it is of began.</param>
    /// <param name="command">How that is run again.</param>
    /// <param name="write">Writes the fields that follow.</param>
    public static string Json(string command, DateTimeOffset began, Action<Utf8JsonWriter> write)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, Indented))
        {
            json.WriteStartObject();
            json.WriteString("command", command);
            json.WriteString("version", Commands.GodwitCommand.Version);
            json.WriteString("began", began);
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }

    /// <summary>Finds out whether files can be written: better before a run of minutes than after it.</summary>
    /// <param name="files">The flags with the files that they name; null for none.</param>
    /// <exception cref="DeploymentException">One cannot.</exception>
    public static void Check(params ReadOnlySpan<(string Flag, string? File)> files)
    {
        foreach ((string flag, string? file) in files)
        {
            if (file is not null && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
            {
                throw new DeploymentException($"{flag}: the directory of {file} is not there");
            }
        }
    }

    /// <summary>Writes a file, if one was named.</summary>
    /// <exception cref="DeploymentException">It cannot be written.</exception>
    public static async Task WriteAsync(string? file, Func<string> text)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            await File.WriteAllTextAsync(file, text());
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"a report cannot be written: {fault.Message}");
        }
    }
}
