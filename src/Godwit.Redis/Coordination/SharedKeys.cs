using Godwit.Redis.Connecting;

namespace Godwit.Redis.Coordination;

/// <summary>How keys are named that are of no room.</summary>
internal static class SharedKeys
{
    /// <summary>A key or channel of all rooms.</summary>
    /// <param name="keys">The names of this system.</param>
    /// <param name="tag">What is in one slot. No room's name begins with the mark before it, so none has the same keys.</param>
    /// <param name="name">What it is.</param>
    public static string Shared(this RedisKeys keys, string tag, string name) => keys.Global($"{{!{tag}}}:{name}");
}
