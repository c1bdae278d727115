using System.IO.Pipelines;
using System.Text;
using CsCheck;
using Godwit.AspNetCore.Requests;

namespace Godwit.Server.Tests.Http;

public class LineReaderTests
{
    private const int Most = 100;

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("a")]
    [InlineData("a\n")]
    [InlineData("\n\na\r\n\nb")]
    [InlineData("one\ntwo € 😀\nthree")]
    public async Task Lines_are_the_same_wherever_the_body_is_cut(string body)
    {
        byte[] octets = Encoding.UTF8.GetBytes(body);
        List<string> expected = [.. body.Split('\n')];
        if (expected[^1].Length == 0)
        {
            expected.RemoveAt(expected.Count - 1);
        }

        for (int first = 0; first <= octets.Length; first++)
        {
            for (int second = first; second <= octets.Length; second++)
            {
                Assert.Equal(expected, await ReadAsync([octets[..first], octets[first..second], octets[second..]]));
            }
        }
    }

    [Theory]
    [InlineData(Most, false)]
    [InlineData(Most + 1, true)]
    [InlineData(10_000, true)]
    public async Task A_line_above_the_bound_is_told_and_the_next_is_read(int length, bool tooLong)
    {
        string line = new('x', length);
        string told = tooLong ? "too long" : line;
        byte[] body = Encoding.ASCII.GetBytes($"a\n{line}\nb\n{line}");
        for (int piece = 1; piece < 250; piece += 7)
        {
            Assert.Equal(["a", told, "b", told], await ReadAsync([.. body.Chunk(piece)]));
        }
    }

    [Fact]
    public Task Random_lines_in_random_pieces_come_out_as_they_were() =>
        Gen.Select(Gen.String[Gen.Char["ab\r €"], 0, 60].List[1, 20], Gen.Int[1, 90]).SampleAsync(async sample =>
        {
            (List<string> lines, int piece) = sample;
            byte[] body = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
            IEnumerable<string> expected = lines.Select(line => Encoding.UTF8.GetByteCount(line) > Most ? "too long" : line);
            Assert.Equal(expected, await ReadAsync([.. body.Chunk(piece)]));
        }, iter: 300);

    /// <summary>Reads the lines of a body that comes in pieces; every piece is a read of its own, in segments of 16 octets.</summary>
    private static async Task<List<string>> ReadAsync(byte[][] pieces)
    {
        var pipe = new Pipe(new PipeOptions(minimumSegmentSize: 16, useSynchronizationContext: false));
        using var reader = new LineReader(pipe.Reader, Most);
        var lines = new List<string>();
        bool more = true;
        for (int i = 0; more; i++)
        {
            if (i < pieces.Length)
            {
                await pipe.Writer.WriteAsync(pieces[i], TestContext.Current.CancellationToken);
            }

            if (i >= pieces.Length - 1)
            {
                await pipe.Writer.CompleteAsync();
            }

            if (i >= pieces.Length || pieces[i].Length > 0)
            {
                more = await reader.ReadAsync(TestContext.Current.CancellationToken);
            }

            while (reader.TryTake(out ReadOnlySpan<byte> line, out bool tooLong))
            {
                lines.Add(tooLong ? "too long" : Encoding.UTF8.GetString(line));
            }
        }

        return lines;
    }
}
