using System.Globalization;
using System.Security;
using System.Text;

namespace Godwit.Server.Reporting;

/// <summary>Writes one SVG picture. It carries its own colours for light and dark pages.</summary>
internal sealed class Svg
{
    private const string Style = "text{font:12px system-ui,sans-serif;fill:#24292f}.h{font-weight:600;font-size:14px}.m{fill:#57606a}.g{stroke:#d0d7de}.w{stroke:#24292f;stroke-width:1.5;fill:none}.b{fill:#8c959f}.o{fill:#0969da}"
        + ".l{fill:none;stroke-width:2}.n{stroke-linecap:round;stroke-width:3}.t{stroke-width:2}.c0{fill:#bc4c00;stroke:#bc4c00}.c1{fill:#8250df;stroke:#8250df}.c2{fill:#1a7f37;stroke:#1a7f37}.c3{fill:#0969da;stroke:#0969da}.c4{fill:#bf3989;stroke:#bf3989}"
        + ".e.c0,.e.c1,.e.c2,.e.c3,.e.c4{fill:none;stroke-width:2}.l.c0,.l.c1,.l.c2,.l.c3,.l.c4{fill:none}.f{opacity:.45}.d1{stroke-dasharray:7 3}.d2{stroke-dasharray:2 3}.d3{stroke-dasharray:9 3 2 3}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#9198a1}.g{stroke:#3d444d}.w{stroke:#e6edf3}.b{fill:#656c76}.o{fill:#4493f8}.c0{fill:#f0883e;stroke:#f0883e}.c1{fill:#a371f7;stroke:#a371f7}.c2{fill:#3fb950;stroke:#3fb950}.c3{fill:#4493f8;stroke:#4493f8}.c4{fill:#db61a2;stroke:#db61a2}}";

    private readonly StringBuilder _text = new();

    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="title">Its heading.</param>
    /// <param name="description">What it shows, for those who do not see it; null for nothing beside the heading.</param>
    public Svg(int width, int height, string title, string? description = null)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{Escape(title)}</title>\n{(description is null ? "" : $"<desc>{Escape(description)}</desc>\n")}<style>{Style}</style>\n");
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

    /// <summary>A line through points, in a style.</summary>
    public void StyledPath(IEnumerable<(double X, double Y)> points, string style)
    {
        string path = string.Join(' ', points.Select(static point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}")));
        _text.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" class=\"{style}\"/>\n");
    }

    /// <summary>A dot in a style.</summary>
    public void StyledDot(double x, double y, string style, double radius = 4) =>
        _text.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius:0.#}\" class=\"{style}\"/>\n");

    public override string ToString() => _text + "</svg>\n";

    private static string Escape(string text) => SecurityElement.Escape(text);
}
