using System.IO.Pipelines;
using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>Many publishes in one body: its lines however they arrive, and what stands in each.</summary>
public class LineTargets
{
    private const int MaxLine = 300;

    private static readonly string[] Lines =
    [
        """{"room":"chat:lobby","event":"said","data":{"text":"hi","n":[1.0,null]},"key":"0123456789abcdef012345"}""",
        """{"rooms":["a","b","c:d"],"bytes":"AAEC\/w=="}""",
        """{"data":"\ud83d\ude00","room":"\u0061","unknown":[{}]}""",
        """{"room":"a","event":null,"key":null,"data":null}""",
    ];

    private static readonly byte[][] Dictionary =
    [
        .. Tokens.Texts("\"room\":\"a\",", "\"rooms\":[\"a\"],", "\"rooms\":[],", "\"event\":\"x\",", "\"event\":\"open\",", "\"data\":", "\"bytes\":\"AA==\",", "\"bytes\":\"AB==\",", "\"key\":\"k\",", "\"\\u0072oom\":\"a\",", "\"\\ud800\":1,", "\"\\u0061bcdefghi\":1,", "\n", "\r\n", "\n\n"),
        .. Tokens.Json,
    ];

    [Fact]
    public void A_line_is_a_publish_or_told_what_is_wrong_with_it_and_where()
    {
        var recent = new RecentDestinations(new RoomPolicies([]));
        Campaign.Run("line", [.. Tokens.Texts(Lines)], Dictionary, (input, _) =>
        {
            var allowance = Allowance.Begin();
            bool taken = PublishLineReader.TryRead(input, 3, recent, Caller.Nobody, out PublishLine line, out Problem problem);
            allowance.Check(input.Length, 24);
            if (!taken)
            {
                Assert.Equal(3, problem.Line);
                Assert.InRange(problem.Byte, 0, input.Length + 1);
                Assert.True(JsonTargets.IsReadable(ProblemWriter.Compose(problem)));
                return new Signature().With(problem.Code.Code).With(problem.Detail?.Length ?? 0);
            }

            Assert.True(line.Room is null != line.Rooms is null);
            Assert.InRange(line.Rooms?.Count ?? 1, 1, PublishLineReader.MaxRooms);
            Assert.Null(EventName.Check(line.Content.Event));
            Assert.Null(line.Key is null ? null : IdempotencyKey.Check(line.Key, anonymous: true));
            Assert.True(line.Content.IsBytes || JsonTargets.IsReadable(line.Content.Data));
            return new Signature().With(line.Rooms?.Count ?? 0).With(line.Content.Data.Length).With(line.Content.IsBytes ? 1 : 0).With(line.Key?.Length ?? 0);
        });
    }

    [Fact]
    public void Lines_do_not_depend_on_how_they_arrive() => Campaign.Run("lines", [.. Tokens.Texts(string.Join('\n', Lines), "a\nb\n\nc", "\n", new string('x', MaxLine) + "\n" + new string('y', MaxLine + 1) + "\nz")], Dictionary, static (input, random) =>
    {
        List<string> lines = Read(input, random);
        var expected = new List<string>();
        string text = Convert.ToHexString(input);
        int start = 0;
        for (int at = 0; at <= input.Length; at++)
        {
            if (at == input.Length ? start < at : input[at] == '\n')
            {
                expected.Add(at - start > MaxLine ? "too long" : text[(2 * start)..(2 * at)]);
                start = at + 1;
            }
        }

        Assert.Equal(expected, lines);
        return new Signature().With(lines.Count).With(lines.Count(line => line == "too long"));
    });

    private static List<string> Read(byte[] input, Xoshiro random)
    {
        var lines = new List<string>();
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        using var reader = new LineReader(pipe.Reader, MaxLine);
        int at = 0;
        while (true)
        {
            while (reader.TryTake(out ReadOnlySpan<byte> line, out bool tooLong))
            {
                lines.Add(tooLong ? "too long" : Convert.ToHexString(line));
            }

            if (at <= input.Length)
            {
                for (int pieces = 1 + random.Below(3); pieces > 0 && at < input.Length; pieces--)
                {
                    int length = Math.Min(input.Length - at, 1 + random.Below(random.OneIn(3) ? 900 : 16));
                    input.AsSpan(at, length).CopyTo(pipe.Writer.GetSpan(length));
                    pipe.Writer.Advance(length);
                    at += length;
                }

                ValueTask<FlushResult> flushed = pipe.Writer.FlushAsync();
                Assert.True(flushed.IsCompleted);
                _ = flushed.Result;
                if (at == input.Length)
                {
                    at++;
                    pipe.Writer.Complete();
                }
            }

            ValueTask<bool> more = reader.ReadAsync(CancellationToken.None);
            Assert.True(more.IsCompleted, "It waits although octets have arrived.");
            if (!more.Result)
            {
                return lines;
            }
        }
    }
}
