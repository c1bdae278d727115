using System.Collections;
using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Instruments;
using Godwit.Protocol;
using Godwit.Server.Commands;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Godwit.Server.Hosting;

/// <summary><c>/metrics</c> for Prometheus, for local requests and for whoever shows an API key; and, where the standard variables ask for it, export by OTLP.</summary>
internal static class MetricsEndpoint
{
    private const string Path = "/metrics";
    private const int MostCodes = 250;
    private const int MostCombinations = 50;
    private const string OtlpVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string OtlpMetricsVariable = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";

    private static readonly string[] Methods = ["GET", "HEAD"];

    /// <summary>What is wrong with the variables of OTLP export, which OpenTelemetry would pass over in silence; null for nothing.</summary>
    public static string? Fault()
    {
        foreach (string variable in (string[])[OtlpVariable, OtlpMetricsVariable])
        {
            if (IsSet(variable) && !(Uri.TryCreate(Environment.GetEnvironmentVariable(variable), UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"))
            {
                return $"{variable}: it takes an http or https address, for example http://localhost:4317";
            }
        }

        return null;
    }

    /// <summary>Gives OpenTelemetry its own variables, which it looks for in the host's configuration; the host has no others.</summary>
    public static void ReadVariables(IConfigurationBuilder configuration) => configuration.AddInMemoryCollection(
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(static variable => variable.Key is string name && name.StartsWith("OTEL_", StringComparison.Ordinal))
            .Select(static variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value)));

    /// <summary>Collects what Godwit, Kestrel and the runtime measure.</summary>
    public static void AddInstruments(this IServiceCollection services) => services.AddOpenTelemetry().ConfigureResource(static resource => resource.AddService("godwit", serviceVersion: GodwitCommand.Version)).WithMetrics(static metrics =>
    {
        // A place for each combination of attributes is taken in advance; by default 2,000 for each instrument.
        metrics.AddView(static instrument => new MetricStreamConfiguration { CardinalityLimit = GodwitMeter.IsByCode(instrument) ? MostCodes : MostCombinations });
        metrics.AddMeter(GodwitMeter.Name, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime").AddPrometheusExporter();
        if (IsSet(OtlpVariable) || IsSet(OtlpMetricsVariable))
        {
            metrics.AddOtlpExporter();
        }
    });

    /// <summary>Maps it.</summary>
    public static void MapMetrics(this WebApplication application)
    {
        ICredentials credentials = application.Services.GetRequiredService<ICredentials>();
        IEndpointConventionBuilder endpoint = application.MapPrometheusScrapingEndpoint(Path);
        endpoint.Add(builder =>
        {
            builder.DisplayName = "Godwit metrics";
            RequestDelegate scrape = builder.RequestDelegate!;
            builder.RequestDelegate = context => AnswerAsync(context, credentials, scrape);
        });
    }

    private static async Task AnswerAsync(HttpContext context, ICredentials credentials, RequestDelegate scrape)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, "It is asked with GET or HEAD.") { Allowed = Methods });
            return;
        }

        if (await RefusalAsync(context, credentials) is { } problem)
        {
            await ProblemWriter.WriteAsync(context, problem);
            return;
        }

        await scrape(context);
    }

    private static async ValueTask<Problem?> RefusalAsync(HttpContext context, ICredentials credentials)
    {
        if (LocalRequest.WhyNot(context) is not { } why)
        {
            return null;
        }

        if (!credentials.AreChecked)
        {
            return new Problem(ErrorCode.AccessUnconfigured, $"This request is not local: {why}. Metrics are for local requests, and for those with an API key: set access.apiKeys.");
        }

        if (!RequestCredentials.TryFind(context, out PresentedCredential? presented, out AccessRefusal refusal))
        {
            return Problem.From(refusal);
        }

        if (presented is not { Kind: CredentialKind.Token } shown)
        {
            return new Problem(ErrorCode.CredentialMissing, "Metrics are for local requests, and for those with an API key: send it as 'Authorization: Bearer'.");
        }

        Identification identified = await credentials.IdentifyAsync(shown, context.RequestAborted);
        return identified.Caller is not { } caller ? Problem.From(identified.Refusal)
            : caller.Kind != CallerKind.ApiKey ? new Problem(ErrorCode.AccessDenied, "Metrics are for API keys, not for users.")
            : null;
    }

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
