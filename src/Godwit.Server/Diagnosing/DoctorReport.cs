using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Server.Diagnosing;

/// <summary>What an examination has found, for people and for programs.</summary>
internal static class DoctorReport
{
    /// <summary>As text: a line for what is well, and for what is not also what to set.</summary>
    public static string Text(Examination examination)
    {
        var text = new StringBuilder();
        text.Append(examination.Server.Mount).Append(examination.Proxy is { } proxy ? $", through {Visible(proxy)}" : "").Append('\n');
        foreach (Finding finding in InOrder(examination))
        {
            string mark = finding.Kind switch { null => "ok", { IsAdvice: true } => "advice", _ => "PROBLEM" };
            text.Append($"\n{mark,-8} {finding.Subject}: {finding.Seen}");
            if (finding.Kind is { } kind)
            {
                text.Append($"\n         {kind.Code}: {kind.Title}");
                text.Append(ShowsNginx(examination) ? $"\n         nginx:   {kind.Nginx}" : "");
                text.Append(ShowsHaproxy(examination) ? $"\n         HAProxy: {kind.Haproxy}" : "");
            }
        }

        int problems = examination.Findings.Count(static finding => finding.Kind is { IsAdvice: false });
        text.Append("\n\n").Append(problems switch { 0 => "No problem was found.", 1 => "1 problem was found.", _ => $"{problems} problems were found." });
        if (examination.WasInterrupted)
        {
            return text.Append(" It was interrupted: the rest was not looked at.").ToString();
        }

        return examination.IsCutShort
            ? text.Append(" The rest can be looked at once this is in order.").ToString()
            : text.Append($" Connections were left alone for {examination.Idle.TotalSeconds:0.#} s; what is cut later was not seen (--idle).").ToString();
    }

    /// <summary>As one JSON object.</summary>
    public static string Json(Examination examination)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("url", examination.Server.Mount.ToString());
            json.WriteString("proxy", examination.Proxy);
            json.WriteBoolean("cutShort", examination.IsCutShort);
            json.WriteBoolean("interrupted", examination.WasInterrupted);
            json.WriteNumber("idleSeconds", examination.Idle.TotalSeconds);
            json.WriteStartArray("findings");
            foreach (Finding finding in InOrder(examination))
            {
                json.WriteStartObject();
                json.WriteString("severity", finding.Kind switch { null => "ok", { IsAdvice: true } => "advice", _ => "problem" });
                json.WriteString("subject", finding.Subject);
                json.WriteString("seen", finding.Seen);
                if (finding.Kind is { } kind)
                {
                    json.WriteString("code", kind.Code);
                    json.WriteString("title", kind.Title);
                    json.WriteString("nginx", kind.Nginx);
                    json.WriteString("haproxy", kind.Haproxy);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static IEnumerable<Finding> InOrder(Examination examination) =>
        examination.Findings.OrderBy(static finding => finding.Kind switch { null => 2, { IsAdvice: true } => 1, _ => 0 });

    private static bool Names(Examination examination, string name) => examination.Proxy?.Contains(name, StringComparison.OrdinalIgnoreCase) ?? false;

    private static bool ShowsNginx(Examination examination) => !Names(examination, "haproxy");

    private static bool ShowsHaproxy(Examination examination) => !Names(examination, "nginx");

    private static string Visible(string text) => new([.. text.Where(static letter => !char.IsControl(letter))]);
}
