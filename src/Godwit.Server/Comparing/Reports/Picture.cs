namespace Godwit.Server.Comparing.Reports;

/// <summary>A plot.</summary>
/// <param name="Name">The name of its file, without its ending.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Description">What it shows, for those who do not see it.</param>
/// <param name="Svg">The picture.</param>
internal sealed record Picture(string Name, string Title, string Description, string Svg);
