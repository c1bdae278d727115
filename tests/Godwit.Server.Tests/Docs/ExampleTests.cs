namespace Godwit.Server.Tests.Docs;

/// <summary>The examples of README.md, PROTOCOL.md and docs/production.md do what they show: curl and the program are run as written.</summary>
public class ExampleTests
{
    private static readonly string[] Documents = ["README.md", "PROTOCOL.md", "production.md"];

    public static TheoryData<string, string> Sections()
    {
        var sections = new TheoryData<string, string>();
        foreach ((string document, string section) in Documents.SelectMany(Example.Read)
            .Where(example => example.Language is "console" or "sh").Select(example => (example.Document, example.Section)).Distinct())
        {
            sections.Add(document, section);
        }

        return sections;
    }

    [Fact]
    public void Every_scene_is_that_of_a_section_with_examples()
    {
        Assert.Equal(Scene.All.Keys.Order(), Sections().Select(row => row.Data).Order());
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task What_an_example_shows_is_what_comes(string document, string section)
    {
        Terminal.SkipUnlessPresent("sh");
        Terminal.SkipUnlessPresent("curl");
        Assert.True(Scene.All.TryGetValue((document, section), out Scene? scene), $"No scene is set for the examples of {document}, section '{section}', so they cannot be run.");

        await using var terminal = new Terminal();
        using var client = new HttpClient();
        var stage = new Stage(terminal, new Likeness(), client);
        foreach ((string name, string value) in scene.Variables)
        {
            terminal.Variables[name] = value;
        }

        foreach (string command in scene.Servers)
        {
            await RunAsync(stage, new Scene(), new Command(command, [], new Example(document, section, "", 0, "sh", [])));
        }

        await scene.Enter(stage);
        List<Command> commands = Command.Read([.. Example.Read(document).Where(example => example.Section == section)]);
        Assert.NotEmpty(commands);
        foreach (Command command in commands.Where(command => !scene.Left.Contains(command.Text)))
        {
            await RunAsync(stage, scene, command);
        }
    }

    [Theory]
    [InlineData("Settings")]
    [InlineData("Access")]
    public async Task The_configurations_of_the_README_are_in_order(string section)
    {
        Terminal.SkipUnlessPresent("sh");
        Example example = Assert.Single(Example.Read("README.md"), example => example.Language == "jsonc" && example.Section == section);
        await using var terminal = new Terminal();
        await File.WriteAllTextAsync(Path.Combine(terminal.Folder, "token-secret"), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", TestContext.Current.CancellationToken);
        IEnumerable<string> lines = example.Text.Select(static line => line.Replace("/run/secrets/", "", StringComparison.Ordinal));
        await File.WriteAllLinesAsync(Path.Combine(terminal.Folder, "godwit.jsonc"), lines, TestContext.Current.CancellationToken);

        (IReadOnlyList<string> said, Ending ending) = await terminal.RunAsync("dotnet run -c Release --project src/Godwit.Server -- config check --config godwit.jsonc");

        Assert.Equal((0, ""), (ending.Code, ending.Errors));
        Assert.Equal(["The configuration is in order.", ""], said);
    }

    private static Task RunAsync(Stage stage, Scene scene, Command command)
    {
        if (Terminal.Serves(command.Text))
        {
            return stage.Terminal.ServeAsync(command.Text);
        }

        if (command.Text.StartsWith("cat ", StringComparison.Ordinal))
        {
            // What it shows is what the next command is given.
            return File.WriteAllLinesAsync(Path.Combine(stage.Terminal.Folder, command.Text.Split(' ')[1]), command.Shown);
        }

        return command.Text.Contains("curl -N ", StringComparison.Ordinal) ? StreamAsync(stage, scene, command) : CallAsync(stage, scene, command);
    }

    private static async Task StreamAsync(Stage stage, Scene scene, Command command)
    {
        bool shown = command.Shown.Count > 0;
        string seen = shown ? "" : Seen(scene, command);
        int next = 0;
        await foreach (string line in stage.Terminal.StreamAsync(stage.Likeness.Translate(command.Text)))
        {
            if (shown)
            {
                AssertLike(stage, command, command.Shown[next], line);
                next++;
            }

            if (shown ? next == command.Shown.Count : line.Contains(seen, StringComparison.Ordinal))
            {
                return;
            }
        }
    }

    private static async Task CallAsync(Stage stage, Scene scene, Command command)
    {
        Task<(IReadOnlyList<string> Lines, Ending Ending)> running = stage.Terminal.RunAsync(stage.Likeness.Translate(command.Text));
        string? occasion = scene.Meanwhile.Keys.SingleOrDefault(key => key == command.Source.Lead || command.Text.Contains(key, StringComparison.Ordinal));
        if (occasion is not null)
        {
            (string room, string json) = scene.Meanwhile[occasion];
            if (command.Shown.Count > 0)
            {
                await stage.PublishAsync(room, json);
            }
            else
            {
                // With after=now nobody but the server knows when it began to read, so as often as it takes.
                do
                {
                    await stage.PublishAsync(room, json);
                }
                while (await Task.WhenAny(running, Task.Delay(500, TestContext.Current.CancellationToken)) != running);
            }
        }

        (IReadOnlyList<string> lines, Ending ending) = await running;
        Assert.True(ending is { Code: 0, Errors: "" }, $"{command.Source}: '{command.Text}' ended with {ending.Code}: {ending.Errors}");
        if (command.Shown.Count > 0)
        {
            Compare(stage, command, lines);
            return;
        }

        Assert.All(ending.Statuses, status => Assert.InRange(status, 200, 299));
        if (scene.Servers.Count > 0 && command.Source.Lead.Length > 0)
        {
            Assert.Contains(lines, line => line.Contains(Seen(scene, command), StringComparison.Ordinal));
        }
    }

    private static void Compare(Stage stage, Command command, IReadOnlyList<string> lines)
    {
        string[] shown = WithoutEnd(command.Shown);
        string[] actual = WithoutEnd(lines);
        if (shown[0].StartsWith("HTTP/", StringComparison.Ordinal))
        {
            AssertLike(stage, command, shown[0], actual[0]);
            string[] fields = [.. shown.Skip(1).TakeWhile(line => line.Length > 0)];
            string[] sent = [.. actual.Skip(1).TakeWhile(line => line.Length > 0)];
            Assert.All(fields, field => Assert.Contains(field, sent));
            shown = shown[(fields.Length + 1)..];
            actual = actual[(sent.Length + 1)..];
        }

        Assert.True(shown.Length == actual.Length, $"{command.Source}: {shown.Length} lines are shown, but these came:\n{string.Join('\n', actual)}");
        for (int line = 0; line < shown.Length; line++)
        {
            AssertLike(stage, command, shown[line], actual[line]);
        }
    }

    private static string[] WithoutEnd(IReadOnlyList<string> lines) => [.. lines.Reverse().SkipWhile(line => line.Length == 0).Reverse()];

    private static string Seen(Scene scene, Command command)
    {
        Assert.True(scene.Sees.TryGetValue(command.Source.Lead, out string? seen), $"{command.Source}: it shows no answer, and its scene does not say what should come.");
        return seen;
    }

    private static void AssertLike(Stage stage, Command command, string shown, string actual) =>
        Assert.True(stage.Likeness.Takes(shown, actual), $"{command.Source}: '{command.Text}'\nshown: {shown}\ncame:  {actual}");
}
