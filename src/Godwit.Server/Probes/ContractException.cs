namespace Godwit.Server.Probes;

/// <summary>What a server sent breaks the wire contract. A probe never looks past this.</summary>
internal sealed class ContractException(string fault, string raw)
    : Exception($"{fault} Received: {(raw.Length <= 500 ? raw : raw[..500] + "…")}")
{
    /// <summary>What is wrong with it, without the text.</summary>
    public string Fault { get; } = fault;

    /// <summary>The text that was received.</summary>
    public string Raw { get; } = raw;

    /// <summary>The HTTP status of an answer without the form of Godwit's, which a proxy before the server may have given; 0 for any other breach.</summary>
    public int Status { get; init; }
}
