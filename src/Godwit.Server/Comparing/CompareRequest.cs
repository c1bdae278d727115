using Godwit.Server.Comparing.Plans;
using Godwit.Server.Links;
using Godwit.Server.Reaching;

namespace Godwit.Server.Comparing;

/// <summary>What the command line asks for.</summary>
internal sealed record CompareRequest
{
    /// <summary>A server that runs already; null, and servers are started.</summary>
    public ServerAccess? Given { get; init; }

    /// <summary>The program of servers that are started; null for this one.</summary>
    public string? Program { get; init; }

    /// <summary>What packets between the clients and the servers meet; null, and there is no link between them.</summary>
    public LinkConditions? Link { get; init; }

    public required ComparePlan Plan { get; init; }

    public string? JsonFile { get; init; }

    public string? HtmlFile { get; init; }

    /// <summary>A Markdown file of which a part is replaced.</summary>
    public string? MarkdownFile { get; init; }

    /// <summary>The directory that plots are written into.</summary>
    public string? PlotFolder { get; init; }

    /// <summary>How it is run again.</summary>
    public string Command { get; init; } = "";
}
