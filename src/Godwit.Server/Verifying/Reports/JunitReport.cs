using System.Globalization;
using System.Text;
using System.Xml;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Reports;

/// <summary>The report for build servers: a test case for each promise.</summary>
internal static class JunitReport
{
    /// <summary>The report's text.</summary>
    public static string Text(VerifyResult result)
    {
        using var text = new MemoryStream();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false), CheckCharacters = false }))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", "godwit verify");
            xml.WriteAttributeString("tests", Promises.All.Count.ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("failures", result.Counts.Values.Count(static count => count > 0).ToString(CultureInfo.InvariantCulture));
            xml.WriteAttributeString("time", result.Took.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture));
            xml.WriteAttributeString("timestamp", result.Began.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
            foreach ((Promise promise, long count) in result.Counts)
            {
                Write(xml, result, promise, count);
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }

    private static void Write(XmlWriter xml, VerifyResult result, Promise promise, long count)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", "godwit.verify");
        xml.WriteAttributeString("name", promise.Sentence());
        if (count > 0)
        {
            Anomaly[] shown = [.. result.Anomalies.Where(anomaly => anomaly.Promise == promise).Take(10)];
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("message", Clean($"{count} violations with --seed {result.Plan.Seed}: {shown.FirstOrDefault()?.What}"));
            xml.WriteString(Clean(string.Join("\n\n", shown.Select(static anomaly => TextReport.Block(anomaly)))));
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    // XML has no place for most control characters.
    private static string Clean(string text) => string.Concat(text.EnumerateRunes().Select(static rune => rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "?" : rune.ToString()));
}
