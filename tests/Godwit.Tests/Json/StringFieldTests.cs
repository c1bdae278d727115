using System.Text;
using System.Text.Json;
using Godwit.Json;
using Godwit.Sessions.Frames;

namespace Godwit.Tests.Json;

public class StringFieldTests
{
    [Theory]
    [InlineData("\"plain\"", "plain")]
    [InlineData("\"\"", "")]
    [InlineData("\"\\u0061\\/\\\\\\\"\\b\\f\\n\\r\\t\"", "a/\\\"\b\f\n\r\t")]
    [InlineData("\"x\\u00e9\\u20AC\\ud83d\\ude00y\"", "xé€😀y")]
    [InlineData("\"é€😀\"", "é€😀")]
    [InlineData("\"\\ud83d\"", null)]
    [InlineData("\"\\ud83dx\"", null)]
    [InlineData("\"\\ud83d\\u0061\"", null)]
    [InlineData("\"\\ud83d\\n\"", null)]
    [InlineData("\"\\ude00\\ud83d\"", null)]
    [InlineData("\"0123456789abcdef\"", "0123456789abcdef")]
    [InlineData("\"\\u0030123456789abcdef\"", "0123456789abcdef")]
    [InlineData("\"0123456789abcdefg\"", null)]
    [InlineData("\"\\u0030123456789abcdefg\"", null)]
    [InlineData("\"0123456789abcde\\u00e9\"", null)]
    public void A_string_is_copied_without_its_escapes_if_it_fits_and_has_whole_characters(string json, string? plain)
    {
        Span<byte> destination = stackalloc byte[16];
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        int length = StringField.Copy(in reader, destination);
        Assert.Equal(plain, length < 0 ? null : Encoding.UTF8.GetString(destination[..length]));
    }

    [Theory]
    [InlineData("\"\\ud800\":1")]
    [InlineData("\"\\u006conger than every name\":1")]
    public void A_hundred_thousand_names_that_cannot_be_known_throw_nothing(string name)
    {
        byte[] frame = Encoding.UTF8.GetBytes($$"""{"op":"ping",{{string.Join(',', Enumerable.Repeat(name, 100_000))}}}""");
        using var thrown = new ThrownHere();
        Assert.True(ClientFrameReader.TryRead(frame, out ClientFrame? read, out _));
        Assert.IsType<PingFrame>(read);
        Assert.Equal(0, thrown.Count);
    }

    /// <summary>Counts the exceptions of this thread, also those that are caught.</summary>
    private sealed class ThrownHere : IDisposable
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;

        public ThrownHere() => AppDomain.CurrentDomain.FirstChanceException += Note;

        public int Count { get; private set; }

        public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= Note;

        private void Note(object? sender, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs thrown) => Count += Environment.CurrentManagedThreadId == _thread ? 1 : 0;
    }
}
