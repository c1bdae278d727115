using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Godwit.AspNetCore.Access.Tokens;

/// <summary>One address that publishes a key set, and the last good set from there.</summary>
internal sealed class KeySetSource(Uri address) : IDisposable
{
    private const int MostOctets = 256 << 10;
    private const int MostKeys = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1), AllowAutoRedirect = false, ConnectTimeout = Patience })
    {
        MaxResponseContentBufferSize = MostOctets,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Where it is.</summary>
    public Uri Address { get; } = address;

    /// <summary>The text of the last good set.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The keys of the last good set that tokens can be verified with.</summary>
    public IReadOnlyList<(string Algorithm, SecurityKey Key)> Keys { get; private set; } = [];

    /// <summary>Why the last answer was no set; null if it was one.</summary>
    public string? Fault { get; private set; } = "it was not asked for yet";

    /// <summary>Whether the last answer was no set.</summary>
    public bool IsStale => Fault is not null;

    /// <summary>How often it was asked for.</summary>
    public int Asked { get; private set; }

    /// <summary>Asks for the set; never throws but when cancelled.</summary>
    public async Task AskAsync(TimeProvider time, CancellationToken cancel)
    {
        Asked++;
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync(Address, either.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                Fault = $"it answers {(int)answer.StatusCode}";
                return;
            }

            Take(Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false)));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Fault = $"it did not answer within {Patience.TotalSeconds:0} seconds";
        }
        catch (HttpRequestException failure)
        {
            Fault = failure.Message;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private void Take(string text)
    {
        if (text == Text)
        {
            Fault = null;
            return;
        }

        List<(string Algorithm, SecurityKey Key)> keys;
        try
        {
            keys = [.. JsonWebKeySet.Create(text).Keys.Select(TokenKeys.Of).Where(static key => key is not null).Select(static key => key!.Value).Take(MostKeys)];
        }
        catch (Exception wrong) when (wrong is ArgumentException or System.Text.Json.JsonException or FormatException or InvalidOperationException)
        {
            Fault = "what it answers is no key set";
            return;
        }

        if (keys.Count == 0)
        {
            Fault = "its set has no key for RS256 or ES256";
            return;
        }

        (Text, Keys, Fault) = (text, keys, null);
    }
}
