using System.Text;
using CsCheck;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Requests;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Godwit.Server.Tests.Http;

public class PublishBodyTests
{
    [Fact]
    public void However_a_body_is_cut_into_pieces_the_same_is_stored() =>
        Gen.Select(Gen.Int[0, 3000], Gen.Int[1, 700].Array[1, 20], Gen.Bool).Sample((items, pieces, announced) =>
        {
            string text = "[" + string.Join(", ", Enumerable.Range(0, items)) + "]";
            byte[] body = Encoding.UTF8.GetBytes(text);
            PublishBody read = Read("application/json", body, pieces, announced, 64 << 10, 64 << 10);
            Assert.Equal(text.Replace(" ", "", StringComparison.Ordinal), Encoding.UTF8.GetString(read.Data!));
            Assert.False(read.IsBytes);
        }, iter: 300);

    [Fact]
    public void However_a_body_is_cut_into_pieces_it_is_refused_once_it_passes_the_bound() =>
        Gen.Select(Gen.Int[1, 3000], Gen.Int[1, 700].Array[1, 20], Gen.Int[1, 3000]).Sample((length, pieces, bound) =>
        {
            PublishBody read = Read("application/octet-stream", new byte[length], pieces, announced: false, 2000, bound);
            string? expected = length > 2000 ? "body.too_large" : length > bound ? "entry.too_large" : null;
            if (expected is null)
            {
                Assert.Equal(length, read.Data!.Length);
            }
            else
            {
                // Reading ends with the piece that passes the lower of the two bounds.
                Assert.Null(read.Data);
                Assert.True(read.Refusal.Code.Code == expected || (bound < 2000 && read.Refusal.Code.Code == "entry.too_large"));
            }
        }, iter: 300);

    private static PublishBody Read(string contentType, byte[] body, int[] pieces, bool announced, int bodyBytes, int entryBytes)
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = contentType;
        context.Request.ContentLength = announced ? body.Length : null;
        context.Request.Body = new PieceStream(body, pieces);
        ValueTask<PublishBody> read = PublishBody.ReadAsync(context.Request, new BodyLimits(Options.Create(new GodwitHttpOptions { BodyBytes = bodyBytes }), TimeProvider.System), Caller.Unchecked, new EntryLimit(new RoomPolicy { Pattern = RoomPattern.Everything, EntryBytes = entryBytes }, RoomName.Parse("r"), EventName.Default, null));
        Assert.True(read.IsCompleted); // The stream never makes anybody wait.
        return read.GetAwaiter().GetResult();
    }

    private sealed class PieceStream(byte[] body, int[] pieces) : MemoryStream(body)
    {
        private int _read;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, pieces[_read++ % pieces.Length])], cancellationToken);
    }
}
