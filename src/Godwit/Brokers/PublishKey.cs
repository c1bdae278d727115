namespace Godwit.Brokers;

/// <summary>An idempotency key: it belongs to a room and a publisher.</summary>
/// <param name="Publisher">The authenticated subject or API key; the empty text for all anonymous clients together.</param>
/// <param name="Key">The key, 1 to 128 visible ASCII characters.</param>
public readonly record struct PublishKey(string Publisher, string Key);
