using System.Text;
using Godwit.Brokers;
using Godwit.Instruments;
using Godwit.Protocol;
using Godwit.Protocol.Json;

namespace Godwit.Rooms;

/// <summary>Publishes from the application's own code what clients publish by POST, under the same rules.</summary>
/// <remarks>All members may be called at any time from any thread. What is given is copied before a member returns.</remarks>
public sealed class RoomPublisher
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IBroker _broker;
    private readonly RoomPolicies _policies;

    /// <summary>Makes a publisher; applications get theirs from their services.</summary>
    /// <param name="broker">Where logs live.</param>
    /// <param name="policies">The settings of rooms, the broker's own.</param>
    public RoomPublisher(IBroker broker, RoomPolicies policies)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(policies);
        _broker = broker;
        _policies = policies;
    }

    /// <summary>Publishes a JSON value.</summary>
    /// <param name="room">The room; it begins with its first use.</param>
    /// <param name="json">One JSON value in UTF-8; see <see cref="JsonText.TryCompact"/> for what is taken and how it is stored.</param>
    /// <param name="eventName">What the entry is about; see <see cref="EventName"/>.</param>
    /// <param name="key">With a key, a publish repeated within the policy's <see cref="RoomPolicy.KeyWindow"/> adds nothing. The publisher of the key is the application's to name; the empty one is that of all anonymous clients, whose keys have 22 characters or more.</param>
    /// <param name="cancel">Ends the wait; the entry may be stored all the same.</param>
    /// <returns>The position once the entry is stored, or that a key was used before: <see cref="AppendOutcome.Duplicate"/> with the first position, or <see cref="AppendOutcome.KeyReused"/> for other content.</returns>
    /// <exception cref="EntryRefusedException">The data, the event or the key is none, or the entry is larger than <see cref="RoomPolicy.EntryBytes"/>, or than a room takes whose <see cref="RoomPolicy.Delivery"/> is <see cref="Delivery.Latest"/>.</exception>
    /// <exception cref="BrokerUnavailableException">The store did not confirm. The entry may exist: retry with the same key.</exception>
    public ValueTask<Appended> PublishJsonAsync(
        RoomName room, ReadOnlySpan<byte> json, string eventName = EventName.Default, PublishKey? key = null, CancellationToken cancel = default) =>
        JsonText.TryCompact(json, out byte[]? data, out JsonFault fault)
            ? AppendAsync(room, new EntryContent(eventName, data, IsBytes: false, From: null), key, nameof(json), cancel)
            : throw new EntryRefusedException(fault.Code, fault.Detail, nameof(json));

    /// <summary>Publishes a text, as a JSON string.</summary>
    /// <inheritdoc cref="PublishJsonAsync"/>
    /// <param name="room"/>
    /// <param name="text">Any text without halves of surrogate pairs.</param>
    /// <param name="eventName"/>
    /// <param name="key"/>
    /// <param name="cancel"/>
    public ValueTask<Appended> PublishTextAsync(
        RoomName room, string text, string eventName = EventName.Default, PublishKey? key = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] utf8;
        try
        {
            utf8 = Strict.GetBytes(text);
        }
        catch (EncoderFallbackException wrong)
        {
            throw new EntryRefusedException(ErrorCode.DataSurrogate, $"The character at index {wrong.Index} is half of a surrogate pair.", nameof(text));
        }

        return JsonText.FromText(utf8, out byte[]? data, out JsonFault fault)
            ? AppendAsync(room, new EntryContent(eventName, data, IsBytes: false, From: null), key, nameof(text), cancel)
            : throw new EntryRefusedException(fault.Code, fault.Detail, nameof(text));
    }

    /// <summary>Publishes octets; readers get them as base64 in <c>bytes</c>.</summary>
    /// <inheritdoc cref="PublishJsonAsync"/>
    /// <param name="room"/>
    /// <param name="bytes">Any octets, also none.</param>
    /// <param name="eventName"/>
    /// <param name="key"/>
    /// <param name="cancel"/>
    public ValueTask<Appended> PublishBytesAsync(
        RoomName room, ReadOnlySpan<byte> bytes, string eventName = EventName.Default, PublishKey? key = null, CancellationToken cancel = default) =>
        AppendAsync(room, new EntryContent(eventName, bytes.ToArray(), IsBytes: true, From: null), key, nameof(bytes), cancel);

    private ValueTask<Appended> AppendAsync(RoomName room, in EntryContent content, PublishKey? key, string parameter, CancellationToken cancel)
    {
        if (room == default)
        {
            throw new EntryRefusedException(ErrorCode.RoomInvalid, RoomName.Rule, nameof(room));
        }

        if (EventName.Check(content.Event) is { } wrong)
        {
            throw new EntryRefusedException(wrong, PublishRules.Event(wrong), "eventName");
        }

        if (key is { } given && IdempotencyKey.Check(given.Key, anonymous: string.IsNullOrEmpty(given.Publisher)) is { } wrongKey)
        {
            throw new EntryRefusedException(wrongKey, PublishRules.Key(wrongKey), nameof(key));
        }

        return PublishRules.EntryTooLarge(_policies.For(room), room, content) is { } tooLarge
            ? throw new EntryRefusedException(ErrorCode.EntryTooLarge, tooLarge, parameter)
            : CountAsync(_broker.AppendAsync(room, content, key, cancel));
    }

    private static async ValueTask<Appended> CountAsync(ValueTask<Appended> appending)
    {
        Appended appended = await appending.ConfigureAwait(false);
        GodwitMeter.Published(appended.Outcome);
        return appended;
    }
}
