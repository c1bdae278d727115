using System.Text;
using CsCheck;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using Godwit.Redis.Logs;
using Godwit.Redis.Watching;

namespace Godwit.Redis.Tests;

/// <summary>What is stored and published, as octets: what goes in comes out, and nothing else is taken for it.</summary>
public sealed class StoredFormTests
{
    private static readonly Gen<EntryContent> Contents = Gen.Select(Gen.String[0, 12], Gen.Byte.Array[0, 40], Gen.Bool, Gen.String[0, 12].Null())
        .Where((name, _, _, from) => IsText(name) && (from is null || IsText(from)))
        .Select((name, data, isBytes, from) => new EntryContent(name, data, isBytes, from));

    [Fact]
    public void Any_content_comes_back_as_it_was() => Contents.Sample(content =>
    {
        Assert.True(StoredContent.TryRead(StoredContent.Write(content), out EntryContent? read));
        Assert.Equal((content.Event, content.IsBytes, content.From), (read.Value.Event, read.Value.IsBytes, read.Value.From));
        Assert.Equal(content.Data, read.Value.Data);
    });

    [Fact]
    public void Whatever_octets_there_are_reading_them_ends() => Gen.Byte.Array[0, 60].Sample(octets =>
    {
        StoredContent.TryRead(octets, out _);
        RoomEvent.TryRead(octets, out _);
    });

    [Fact]
    public void An_event_with_any_octet_changed_is_another_or_none() => Gen.Select(Contents, Gen.Int[0, 1000], Gen.Byte).Sample((content, at, octet) =>
    {
        var epoch = new Epoch(7);
        byte[] message = [.. Encoding.ASCII.GetBytes($"entry 1 {epoch} 12 345 67 89\n"), .. StoredContent.Write(content)];
        Assert.True(RoomEvent.TryRead(message, out RoomEvent? read));
        Assert.Equal((epoch, 12L, 345u, 67u, 89L), (read.Epoch, read.Entry!.Offset, read.Entry.Mark, read.PreviousMark, read.Entry.Time));
        message[at % message.Length] ^= octet;
        RoomEvent.TryRead(message, out _);
    });

    [Fact]
    public void Only_the_newest_marks_are_known_and_no_other_of_their_offsets()
    {
        var marks = default(KnownMarks);
        Assert.False(marks.Has(0, 0));
        marks.Reset(5, 50);
        for (uint i = 6; i <= 20; i++)
        {
            marks.Add(i, i * 10);
        }

        Assert.True(marks.Has(20, 200));
        Assert.True(marks.Has(13, 130));
        Assert.False(marks.Has(12, 120));
        Assert.False(marks.Has(20, 201));
        Assert.False(marks.Has(21, 210));
        marks.Reset(3, 30);
        Assert.True(marks.Has(3, 30));
        Assert.False(marks.Has(2, 20));
        Assert.False(marks.Has(20, 200));
    }

    [Fact]
    public void Keys_of_a_room_are_in_its_slot_and_give_the_room_back()
    {
        var keys = new RedisKeys("a:b");
        var room = RoomName.Parse("x:~@.-_9");
        Assert.Equal("a:b:{x:~@.-_9}:record", keys.Record(room));
        Assert.True(keys.TryRoom(keys.Record(room), out RoomName read));
        Assert.Equal(room, read);
        foreach (string other in new[] { "a:b:{}:record", "a:b:{x}:log", "a:c:{x}:record", "a:b:{x}y:record", "a:b:{x y}:record", "" })
        {
            Assert.False(keys.TryRoom(other, out _));
        }
    }

    [Fact]
    public void Epochs_for_logs_that_may_begin_are_all_different()
    {
        Epoch[] drawn = [.. Enumerable.Range(0, 1000).AsParallel().Select(static _ => Epoch.TryParse(SpareEpochs.Next(), out Epoch epoch) ? epoch : throw new FormatException())];
        Assert.Equal(drawn.Length, drawn.Distinct().Count());
    }

    [Fact]
    public void Different_idempotency_keys_have_different_names()
    {
        PublishKey[] keys = [new("ann", "k"), new("bob", "k"), new("", "k"), new("", "annk"), new("an", "nk"), new("ann", "K")];
        Assert.Equal(keys.Length, keys.Select(KeyNames.Of).Distinct().Count());
    }

    private static bool IsText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
}
