namespace Godwit.Server.Probes;

/// <summary>Reads an HTTP answer that does not end.</summary>
internal abstract class HttpAnswerReader(ProbeTarget target, ProbeStart start) : ReaderProbe(target, start)
{
    private readonly byte[] _buffer = new byte[16 << 10];
    private HttpResponseMessage? _answer;
    private Stream? _body;
    private bool _refused;

    /// <summary>What is asked for and must be answered.</summary>
    protected abstract string MediaType { get; }

    /// <inheritdoc/>
    public override ValueTask CloseAsync(CancellationToken cancel = default)
    {
        _answer?.Dispose();
        return base.CloseAsync(cancel);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _answer?.Dispose();
        return base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override async Task<ProbeFrame> ReceiveAsync(CancellationToken cancel)
    {
        if (_refused)
        {
            return End("refused");
        }

        if (_body is null && await OpenAsync(cancel).ConfigureAwait(false) is { } refusal)
        {
            _refused = true;
            return refusal;
        }

        while (true)
        {
            if (Take() is { } frame)
            {
                return frame;
            }

            int octets = await _body!.ReadAsync(_buffer, cancel).ConfigureAwait(false);
            if (octets == 0)
            {
                return End("the answer is complete");
            }

            Feed(_buffer.AsSpan(0, octets));
        }
    }

    /// <summary>The request, but for its <c>Accept</c>.</summary>
    protected abstract HttpRequestMessage Request();

    /// <summary>Takes in what arrived.</summary>
    protected abstract void Feed(ReadOnlySpan<byte> octets);

    /// <summary>The next frame of what arrived; null if there is none yet.</summary>
    protected abstract ProbeFrame? Take();

    private async Task<ProbeFrame?> OpenAsync(CancellationToken cancel)
    {
        using HttpRequestMessage request = Request();
        request.Headers.TryAddWithoutValidation("Accept", MediaType);
        _answer = await Connection.SendAsync(request, cancel).ConfigureAwait(false);
        if ((int)_answer.StatusCode != 200)
        {
            return await RefusalAsync(_answer, cancel).ConfigureAwait(false);
        }

        if (_answer.Content.Headers.ContentType?.MediaType != MediaType)
        {
            throw new ContractException($"The answer is of the type '{_answer.Content.Headers.ContentType}', not {MediaType}.", "");
        }

        _body = await _answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        return null;
    }
}
