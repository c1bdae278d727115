using System.Globalization;
using System.Security;
using System.Text;

namespace Godwit.Bench.Report;

/// <summary>Writes one SVG picture. It carries its own colours for light and dark pages.</summary>
internal sealed class Svg
{
    private const string Style = "text{font:12px system-ui,sans-serif;fill:#24292f}.h{font-weight:600;font-size:14px}.m{fill:#57606a}.g{stroke:#d0d7de}.w{stroke:#24292f;stroke-width:1.5;fill:none}.b{fill:#8c959f}.o{fill:#0969da}"
        + ".l{fill:none;stroke-width:2}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#9198a1}.g{stroke:#3d444d}.w{stroke:#e6edf3}.b{fill:#656c76}.o{fill:#4493f8}}";

    private readonly StringBuilder _text = new();

    public Svg(int width, int height, string title)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{Escape(title)}</title>\n<style>{Style}</style>\n");
        Text(12, 22, title, "h", "start");
    }

    public void Text(double x, double y, string text, string style = "", string anchor = "start") =>
        _text.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" class=\"{style}\">{Escape(text)}</text>\n");

    public void Rectangle(double x, double y, double width, double height, string style) =>
        _text.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{Math.Max(0, width):0.#}\" height=\"{height:0.#}\" class=\"{style}\"/>\n");

    public void Line(double x1, double y1, double x2, double y2, string style) =>
        _text.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"/>\n");

    public void Path(IEnumerable<(double X, double Y)> points, string colour)
    {
        string path = string.Join(' ', points.Select(static point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}")));
        _text.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" class=\"l\" stroke=\"{colour}\"/>\n");
    }

    public void Dot(double x, double y, string colour) => _text.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3.5\" fill=\"{colour}\"/>\n");

    public override string ToString() => _text + "</svg>\n";

    private static string Escape(string text) => SecurityElement.Escape(text);
}
