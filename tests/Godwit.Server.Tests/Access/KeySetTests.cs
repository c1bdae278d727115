using System.Diagnostics.Metrics;
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Access;

/// <summary>Keys that an issuer publishes, and changes, and fails to publish.</summary>
public sealed class KeySetTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly RSA _first = RSA.Create(2048);
    private readonly RSA _second = RSA.Create(2048);
    private readonly TokenMaker _tokens = new();
    private WebApplication? _issuer;
    private Func<HttpContext, Task> _answer = static _ => Task.CompletedTask;
    private int _asked;

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _issuer = builder.Build();
        _issuer.MapGet("/keys", context =>
        {
            Interlocked.Increment(ref _asked);
            return _answer(context);
        });
        await _issuer.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync() => await _issuer!.DisposeAsync();

    [Fact]
    public async Task A_token_of_a_published_key_is_good()
    {
        Publish(("a", _first));
        using KeySets keys = await StartAsync();

        Assert.Null(await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), _first, "a")));
        Assert.Equal("token.signature", await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), _second, "a")));
    }

    [Fact]
    public async Task A_key_that_is_not_known_has_the_set_asked_again_but_not_for_every_token()
    {
        Publish(("a", _first));
        using KeySets keys = await StartAsync();
        Publish(("a", _first), ("b", _second));

        Assert.Equal("token.signature", await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), _second, "b")));
        Assert.Equal(1, _asked);

        _time.Advance(KeySets.LeastPeriod);
        Assert.Null(await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), _second, "b")));
        Assert.Equal(2, _asked);

        for (int i = 0; i < 20; i++)
        {
            Assert.NotNull(await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), _second, $"made-up-{i}")));
        }

        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task A_key_is_taken_until_it_leaves_its_set_also_for_tokens_that_were_good_before()
    {
        Publish(("a", _first), ("b", _second));
        using KeySets keys = await StartAsync();
        var reader = Reader(keys);
        string token = _tokens.Rs256(TokenMaker.Claims(), _first, "a");
        Assert.NotNull((await reader.IdentifyAsync(token, TestContext.Current.CancellationToken)).Caller);

        Publish(("b", _second));
        Assert.NotNull((await reader.IdentifyAsync(token, TestContext.Current.CancellationToken)).Caller);
        _time.Advance(KeySets.LeastPeriod);
        Assert.True(await keys.TryRefreshAsync(TestContext.Current.CancellationToken));

        Assert.Equal("token.signature", (await reader.IdentifyAsync(token, TestContext.Current.CancellationToken)).Refusal.Code.Code);
    }

    [Theory]
    [InlineData(500, "{}")]
    [InlineData(200, "no JSON")]
    [InlineData(200, "{\"keys\":[]}")]
    [InlineData(200, "[]")]
    [InlineData(302, "")]
    public async Task A_set_that_goes_away_later_leaves_the_last_good_one(int status, string body)
    {
        Publish(("a", _first));
        using KeySets keys = await StartAsync();
        _answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            return context.Response.WriteAsync(body);
        };
        _time.Advance(KeySets.LeastPeriod);

        Assert.False(await keys.TryRefreshAsync(TestContext.Current.CancellationToken));

        Assert.Equal((1, 1), (keys.Stale, Gauge(keys)));
        Assert.Null(await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), _first, "a")));
        Publish(("a", _first));
        _time.Advance(KeySets.LeastPeriod);
        await keys.TryRefreshAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (keys.Stale, Gauge(keys)));
    }

    [Theory]
    [InlineData("nistP256", true)]
    [InlineData("secp256k1", false)]
    [InlineData("brainpoolP256r1", false)]
    [InlineData("nistP384", false)]
    public void A_public_key_of_another_curve_is_none_whatever_its_size(string curve, bool isTaken)
    {
        using ECDsa key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        Assert.Equal(isTaken, TokenKeys.Of(key.ExportSubjectPublicKeyInfoPem()) is not null);
    }

    [Fact]
    public async Task Whatever_goes_wrong_when_sets_are_asked_for_by_the_clock_is_logged_and_they_are_asked_for_again()
    {
        Publish(("a", _first));
        var log = new FailingLog();
        using var keys = new KeySets(new AccessOptions { KeySets = { Address } }, _time, log);
        await keys.StartAsync(TestContext.Current.CancellationToken);
        _answer = static context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        while (log.Failures < 2)
        {
            _time.Advance(KeySets.Period);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Publish(("b", _second));
        while (await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), _second, "b")) is not null)
        {
            _time.Advance(KeySets.Period);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_set_that_never_ends_is_given_up()
    {
        _answer = static async context =>
        {
            byte[] much = new byte[64 << 10];
            while (true)
            {
                await context.Response.Body.WriteAsync(much, context.RequestAborted);
            }
        };

        KeySetException missing = await Assert.ThrowsAsync<KeySetException>(StartAsync);
        Assert.Contains(Address.AbsoluteUri, missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_that_cannot_be_had_at_the_start_ends_it()
    {
        _answer = static context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };

        KeySetException missing = await Assert.ThrowsAsync<KeySetException>(StartAsync);
        Assert.Contains("it answers 503", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_are_not_for_signatures_or_too_short_are_passed_over()
    {
        using RSA shortKey = RSA.Create(1024);
        _answer = context => context.Response.WriteAsync(Set(("a", _first, null), ("e", _second, "enc"), ("s", shortKey, null)));
        using KeySets keys = await StartAsync();

        Assert.Null(await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), _first, "a")));
        Assert.NotNull(await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), _second, "e")));
        Assert.NotNull(await RefusalAsync(keys, _tokens.Rs256(TokenMaker.Claims(), shortKey, "s")));
    }

    private Uri Address => new($"{_issuer!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()}/keys");

    private void Publish(params (string Id, RSA Key)[] keys) => _answer = context => context.Response.WriteAsync(Set([.. keys.Select(static key => (key.Id, key.Key, (string?)null))]));

    private static string Set(params (string Id, RSA Key, string? Use)[] keys) => JsonSerializer.Serialize(new
    {
        keys = keys.Select(static key =>
        {
            RSAParameters parameters = key.Key.ExportParameters(includePrivateParameters: false);
            return new { kty = "RSA", kid = key.Id, use = key.Use ?? "sig", n = Base64Url.EncodeToString(parameters.Modulus), e = Base64Url.EncodeToString(parameters.Exponent) };
        }),
    });

    private async Task<KeySets> StartAsync()
    {
        var access = new AccessOptions { KeySets = { Address } };
        var keys = new KeySets(access, _time, NullLogger<KeySets>.Instance);
        try
        {
            await keys.StartAsync(TestContext.Current.CancellationToken);
            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    private static long Gauge(KeySets keys)
    {
        long value = -1;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == keys && instrument.Name == "godwit.key_sets.stale")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, measured, _, _) => value = measured);
        listener.Start();
        listener.RecordObservableInstruments();
        return value;
    }

    private TokenReader Reader(KeySets keys) => new(new AccessOptions { KeySets = { Address } }, keys, TimeSpan.FromDays(30), _time);

    private async Task<string?> RefusalAsync(KeySets keys, string token)
    {
        Identification identified = await Reader(keys).IdentifyAsync(token, TestContext.Current.CancellationToken);
        return identified.Caller is null ? identified.Refusal.Code.Code : null;
    }

    /// <summary>Fails at every warning, as nobody expects it, and counts errors.</summary>
    private sealed class FailingLog : ILogger<KeySets>
    {
        private int _failures;

        public int Failures => Volatile.Read(ref _failures);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                throw new InvalidOperationException("Nobody expects it.");
            }

            if (logLevel == LogLevel.Error)
            {
                Interlocked.Increment(ref _failures);
            }
        }
    }
}
