namespace Godwit.Server.Links;

/// <summary>There can be no link on this machine, or it has failed. The message is one line, with what is missing and what to do.</summary>
internal sealed class LinkException(string message) : Exception(message);
