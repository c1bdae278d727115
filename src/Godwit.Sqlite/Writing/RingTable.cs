using Godwit.Brokers;
using Godwit.Sqlite.Storage;

namespace Godwit.Sqlite.Writing;

/// <summary>The keys that servers sign with, by purpose.</summary>
internal sealed class RingTable(Database database)
{
    private readonly Statement _find = database.Prepare("SELECT made, newest, newest_secret, older, older_secret FROM rings WHERE purpose = ?");
    private readonly Statement _put = database.Prepare("INSERT OR REPLACE INTO rings(purpose, made, newest, newest_secret, older, older_secret) VALUES(?, ?, ?, ?, ?, ?)");

    /// <summary>The ring of a purpose, rotated if it is due.</summary>
    public KeyRing Get(string purpose, TimeSpan period, long now)
    {
        SigningKey? newest = null, older = null;
        long made = now;
        if (_find.Bind(1, purpose).Step())
        {
            made = _find.Number(0);
            newest = new SigningKey((ulong)_find.Number(1), _find.Span(2));
            older = _find.TextOrNull(3) is null ? null : new SigningKey((ulong)_find.Number(3), _find.Span(4));
            _find.Reset();
        }

        if (newest is null || now - made >= (long)period.TotalMilliseconds)
        {
            (newest, older, made) = (SigningKey.Draw(), newest, now);
            _put.Bind(1, purpose).Bind(2, made).Bind(3, (long)newest.Id).Bind(4, newest.Secret);
            if (older is null)
            {
                _put.Bind(5, (string?)null).Bind(6, (string?)null);
            }
            else
            {
                _put.Bind(5, (long)older.Id).Bind(6, older.Secret);
            }

            _put.Run();
        }

        return new KeyRing(older is null ? [newest] : [newest, older], period - TimeSpan.FromMilliseconds(now - made));
    }
}
