namespace Godwit.Brokers.Memory;

/// <summary>The key rings of a memory broker, by purpose.</summary>
internal sealed class StoredRings(Uptime uptime)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Stored> _rings = [];

    /// <summary>The ring of a purpose, rotated if it is due.</summary>
    public KeyRing Get(string purpose, TimeSpan period)
    {
        lock (_lock)
        {
            long now = uptime.Now;
            if (!_rings.TryGetValue(purpose, out Stored stored))
            {
                stored = new Stored([SigningKey.Draw()], now);
            }
            else if (now - stored.Made >= period.Ticks)
            {
                stored = new Stored([SigningKey.Draw(), stored.Keys[0]], now);
            }

            _rings[purpose] = stored;
            return new KeyRing(stored.Keys, period - TimeSpan.FromTicks(now - stored.Made));
        }
    }

    // Made: when the newest key was.
    private readonly record struct Stored(SigningKey[] Keys, long Made);
}
