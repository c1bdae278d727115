using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Diagnosing;

/// <summary>Looks how large a body may be, and whether it is passed on as it comes.</summary>
internal sealed class BodyCheck(Examination examination)
{
    // Above what proxies take that nobody has told anything.
    private const int Lines = 20;
    private const int LineLength = 64 << 10;

    /// <summary>Looks at the size. Lines of white space are no publishes, and have no answers.</summary>
    public async Task SizeAsync(CancellationToken cancel)
    {
        byte[] body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string(' ', LineLength - 1) + "\n", Lines)));
        var request = new HttpRequestMessage(HttpMethod.Post, examination.Room.PublishAddress) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-ndjson");
        request.Headers.ExpectContinue = true;
        try
        {
            Answered answer = await examination.AskAsync(request, cancel).ConfigureAwait(false);
            if (answer.Status == 200)
            {
                examination.Approve("bodies", $"one of {body.Length / 1024} KiB comes through");
            }
            else if (answer.Code is null)
            {
                examination.Find(FindingKind.BodyLimited, "bodies", $"one of {body.Length / 1024} KiB is refused with {answer.Status}, not by the server");
            }
        }
        catch (Exception fault) when (ServerContact.IsNetwork(fault, cancel))
        {
            examination.Find(FindingKind.BodyLimited, "bodies", $"one of {body.Length / 1024} KiB does not come through: {ServerContact.Explain(fault, examination.Server.Mount, examination.AnswerPatience)}");
        }
    }

    /// <summary>Looks whether a piece is passed on before the next; where answers are kept back nothing can be said of requests.</summary>
    public async Task PassingAsync(CancellationToken cancel)
    {
        if (examination.Has(FindingKind.StreamBuffered))
        {
            return;
        }

        await using var stream = new PublishStreamProbe(examination.Room);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(examination.Patience);
        try
        {
            // A line that is refused is answered like any other, and adds nothing.
            await stream.SendAsync("{\"room\":\"\",\"data\":0}\n", patience.Token).ConfigureAwait(false);
            string answer = await stream.ReadUntilAsync("\"code\"", patience.Token).ConfigureAwait(false);
            if (answer.Contains("\"room.invalid\"", StringComparison.Ordinal))
            {
                examination.Approve("publish stream", "each line is answered as it comes");
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            examination.Find(FindingKind.RequestBuffered, "publish stream", $"a line has no answer within {examination.Patience.TotalSeconds:0} s, before the request ends");
        }
        catch (Exception fault) when (ServerContact.IsNetwork(fault, cancel))
        {
            examination.Find(FindingKind.RequestBuffered, "publish stream", $"it is cut: {fault.Message.TrimEnd('.')}");
        }
    }
}
