namespace Godwit.Sqlite.Storage;

/// <summary>The tables, and how those of older versions become those of this one.</summary>
/// <remarks>
/// Times are ms of the <see cref="StoreClock"/>, but for <c>time</c> of an entry and <c>since</c> of a member, which readers are shown.
/// Entries stand together in the order of their room, so a page and a trim are one range each.
/// </remarks>
internal static class Schema
{
    /// <summary>The version of the tables that this program writes.</summary>
    public const int Version = 1;

    /// <summary>The first octets of the file name Godwit: "GDWT".</summary>
    public const int ApplicationId = 0x47445754;

    // One text per version, in which a file of the version before it becomes one of it. Never changed once released.
    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE facts(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE rooms(
          id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL,
          head INTEGER NOT NULL, head_mark INTEGER NOT NULL, trimmed INTEGER NOT NULL, trimmed_mark INTEGER NOT NULL,
          bytes INTEGER NOT NULL, used INTEGER NOT NULL, watched INTEGER NOT NULL, due INTEGER NOT NULL);
        CREATE INDEX rooms_by_due ON rooms(due);
        CREATE INDEX rooms_watched ON rooms(watched) WHERE watched = 1;
        CREATE TABLE entries(
          room INTEGER NOT NULL, offset INTEGER NOT NULL, mark INTEGER NOT NULL, taken INTEGER NOT NULL, size INTEGER NOT NULL,
          time INTEGER NOT NULL, is_bytes INTEGER NOT NULL, event TEXT NOT NULL, publisher TEXT, data BLOB NOT NULL,
          PRIMARY KEY(room, offset)) WITHOUT ROWID;
        CREATE TABLE keys(
          room INTEGER NOT NULL, key BLOB NOT NULL, content BLOB NOT NULL, offset INTEGER NOT NULL, mark INTEGER NOT NULL,
          ends INTEGER NOT NULL, PRIMARY KEY(room, key)) WITHOUT ROWID;
        CREATE INDEX keys_by_end ON keys(ends);
        CREATE TABLE dropped(room INTEGER PRIMARY KEY, upto INTEGER NOT NULL);
        CREATE TABLE tickets(id TEXT PRIMARY KEY, content BLOB NOT NULL, ends INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX tickets_by_end ON tickets(ends);
        CREATE TABLE orders(number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, content BLOB NOT NULL, ends INTEGER NOT NULL);
        CREATE UNIQUE INDEX orders_by_key ON orders(key) WHERE key IS NOT NULL;
        CREATE INDEX orders_by_end ON orders(ends);
        CREATE TABLE rings(
          purpose TEXT PRIMARY KEY, made INTEGER NOT NULL, newest INTEGER NOT NULL, newest_secret BLOB NOT NULL,
          older INTEGER, older_secret BLOB) WITHOUT ROWID;
        CREATE TABLE leases(
          room TEXT NOT NULL, session BLOB NOT NULL, holder TEXT NOT NULL, user TEXT, state BLOB NOT NULL,
          since INTEGER NOT NULL, ends INTEGER NOT NULL, PRIMARY KEY(room, session, holder)) WITHOUT ROWID;
        """,
    ];

    /// <summary>Makes the tables, or brings those of an older version up to date, in one transaction.</summary>
    /// <exception cref="StoreException">SQLite failed.</exception>
    /// <exception cref="SqliteStoreException">The file is of a newer version, or of another program.</exception>
    public static void Apply(Database database)
    {
        long version = Check(database);
        if (version == Version)
        {
            return;
        }

        database.Execute("BEGIN IMMEDIATE");
        try
        {
            for (long next = version; next < Version; next++)
            {
                database.Execute(Migrations[next]);
            }

            database.Execute($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}; COMMIT");
        }
        catch
        {
            database.Rollback();
            throw;
        }
    }

    /// <summary>Gives the version of a file that this program can read or bring up to date; 0 of one that is empty.</summary>
    /// <exception cref="SqliteStoreException">It cannot.</exception>
    public static long Check(Database database)
    {
        long version = database.Number("PRAGMA user_version");
        long application = database.Number("PRAGMA application_id");
        if (application != ApplicationId && (application != 0 || version != 0 || database.Number("SELECT count(*) FROM sqlite_schema") != 0))
        {
            throw new SqliteStoreException(database.File, $"{database.File} is a database of another program: move it away, or give another directory.");
        }

        return version <= Version
            ? version
            : throw new SqliteStoreException(database.File, $"{database.File} was written by a newer Godwit: its schema is version {version}, and this program knows versions up to {Version}. Run that program or a newer one, or put a backup in its place that this one wrote.");
    }
}
