using Godwit.Server.Reaching;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Stores;

namespace Godwit.Server.Verifying;

/// <summary>What the command line asks for.</summary>
internal sealed record VerifyRequest
{
    /// <summary>Servers that run already; none, and servers are started.</summary>
    public IReadOnlyList<ServerAccess> Given { get; init; } = [];

    /// <summary>The store of the servers that are started.</summary>
    public StoreKind Store { get; init; }

    /// <summary>How many servers are started.</summary>
    public int Servers { get; init; } = 1;

    /// <summary>Whether nginx is started before them.</summary>
    public bool HasNginx { get; init; }

    /// <summary>The program of servers that are started; null for this one.</summary>
    public string? Program { get; init; }

    /// <summary>The faults that are asked for; null for all that can be made.</summary>
    public IReadOnlyList<FaultKind>? Faults { get; init; }

    /// <summary>Faults that are not to be made.</summary>
    public IReadOnlyList<FaultKind> Without { get; init; } = [];

    /// <summary>A file with a schedule; null to draw one.</summary>
    public string? ScheduleFile { get; init; }

    /// <summary>The mean of the pauses between faults.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What the run is like; its schedule is drawn later.</summary>
    public required VerifyPlan Plan { get; init; }

    /// <summary>How many schedules may be tried to shorten one that failed; 0 does not try.</summary>
    public int Minimise { get; init; }

    public string? JsonFile { get; init; }

    public string? JunitFile { get; init; }

    public string? HtmlFile { get; init; }

    /// <summary>How it is run again.</summary>
    public string Command { get; init; } = "";
}
