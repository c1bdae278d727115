using Godwit.Server.Configuration.Forms;
using Godwit.Sqlite;

namespace Godwit.Server.Configuration;

/// <summary>The settings of logs on the disk.</summary>
internal static class DataSettings
{
    public const string Section = "data";

    /// <summary>What the section is about.</summary>
    public const string Description = "Logs on the disk of this machine, in a SQLite database.";

    private static readonly SettingRange<TimeSpan> WaitLockRange = new(TimeSpan.Zero, TimeSpan.FromHours(1));

    /// <summary>The settings.</summary>
    public static IEnumerable<Setting<ServerSettings>> All =>
    [
        new ValueSetting<ServerSettings, string>(
            $"{Section}.directory",
            new PathForm("directory", "DIR"),
            "The directory that rooms, their entries and session keys are kept in, on a local disk. It is made if it is not there, and one server holds it at a time. Without it logs are in memory.",
            server => server.Data,
            (server, value) => server.Data = value) { Flag = "--data", Unset = "not set (in memory)" },
        new ValueSetting<ServerSettings, DataSync>(
            $"{Section}.sync",
            new ChoiceForm<DataSync>(("full", DataSync.Full), ("normal", DataSync.Normal)),
            "When an acknowledged entry is on the disk: before it is acknowledged (full), or some time later (normal). With normal more is taken in a second, nothing is lost when the process ends, and a loss of power or a crash of the system may lose the newest entries although they were acknowledged; readers that had them get a reset.",
            server => server.DataSync,
            (server, value) => server.DataSync = value),
        new ValueSetting<ServerSettings, TimeSpan>(
            $"{Section}.waitLock",
            new DurationForm(WaitLockRange),
            "How long to wait for a directory that another server holds, as the one before this does while it drains. The server answers meanwhile and is not ready; when the time is over it ends.",
            server => server.WaitLock,
            (server, value) => server.WaitLock = value) { Flag = "--wait-lock" },
    ];
}
