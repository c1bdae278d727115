using System.Net.Http.Headers;
using System.Text;

namespace Godwit.Server.Tests.Proxies;

/// <summary>A body that is sent piece by piece.</summary>
internal sealed class StreamedBody : HttpContent
{
    private readonly System.IO.Pipelines.Pipe _pieces = new();

    public StreamedBody()
    {
        Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
    }

    public async Task SendAsync(string text)
    {
        await _pieces.Writer.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
    }

    protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => throw new NotSupportedException();

    protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken)
    {
        while (await _pieces.Reader.ReadAsync(cancellationToken) is { IsCanceled: false } read)
        {
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            {
                await stream.WriteAsync(piece, cancellationToken);
            }

            await stream.FlushAsync(cancellationToken);
            _pieces.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        _pieces.Writer.Complete();
        base.Dispose(disposing);
    }
}
