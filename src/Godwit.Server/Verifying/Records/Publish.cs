namespace Godwit.Server.Verifying.Records;

/// <summary>Something that is published, and what became of it.</summary>
internal sealed class Publish(string text, string? key, TimeSpan begun, EntryRecord? before)
{
    /// <summary>The data, another one for each publish; empty once it will not be sent again.</summary>
    public string Text { get; private set; } = text;

    /// <summary>The same, for good.</summary>
    public Content Content { get; } = Content.Of(text);

    /// <summary>The idempotency key; null without one.</summary>
    public string? Key { get; } = key;

    /// <summary>When it was sent first.</summary>
    public TimeSpan Begun { get; } = begun;

    /// <summary>The newest entry that was acknowledged by that time: this one comes after it.</summary>
    public EntryRecord? Before { get; } = before;

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; set; }

    /// <summary>Whether the last attempt was answered, one way or the other.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Whether it was refused in a way that says that nothing was stored.</summary>
    public bool IsRefused { get; set; }

    /// <summary>The position that its first acknowledgement gave.</summary>
    public string? Position { get; set; }

    /// <summary>When that came.</summary>
    public TimeSpan AcknowledgedAt { get; set; }

    /// <summary>The entries that hold it: one in each log that it was stored in.</summary>
    public List<EntryRecord> Entries { get; } = new(1);

    /// <summary>It will not be sent again.</summary>
    public void Forget() => Text = "";
}
