using System.Text.Json;
using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Configuration;

public class SchemaTests
{
    [Fact]
    public void The_schema_in_the_documentation_is_what_the_program_prints()
    {
        Assert.True(
            ConfigurationSchema.Print() == File.ReadAllText(Path.Combine(Root(), "docs", "config.schema.json")),
            "docs/config.schema.json is out of date; write it anew with: godwit config schema > docs/config.schema.json");
    }

    [Fact]
    public void Every_setting_stands_in_the_schema_with_its_description_and_default()
    {
        using JsonDocument schema = JsonDocument.Parse(ConfigurationSchema.Print());
        var defaults = new ServerSettings();
        foreach (Setting<ServerSettings> setting in GodwitSettings.Table.Settings)
        {
            JsonElement at = schema.RootElement;
            foreach (string part in setting.Path.Split('.'))
            {
                Assert.False(at.GetProperty("additionalProperties").GetBoolean());
                at = at.GetProperty("properties").GetProperty(part);
            }

            Assert.StartsWith(setting.Description, at.GetProperty("description").GetString(), StringComparison.Ordinal);
            Assert.Equal(setting.IsList || setting.Print(defaults) is not null, at.TryGetProperty("default", out _));
        }

        JsonElement policy = schema.RootElement.GetProperty("properties").GetProperty("policies").GetProperty("items");
        Assert.Equal("pattern", Assert.Single(policy.GetProperty("required").EnumerateArray()).GetString());
    }

    private static string Root()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Godwit.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
