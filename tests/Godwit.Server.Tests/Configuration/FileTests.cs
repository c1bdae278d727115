using System.Text;
using Godwit.Server.Configuration;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Tests.Configuration;

public class FileTests
{
    [Fact]
    public void Comments_trailing_commas_a_byte_order_mark_and_a_schema_may_stand_in_the_file()
    {
        ServerSettings settings = Loading.Settings("\uFEFF// first\n{ \"$schema\": \"./config.schema.json\", /* why */ \"mount\": \"/live\", }\n// last\n");

        Assert.Equal("/live", settings.Mount);
    }

    [Theory]
    [InlineData("", "file:1:1: the file is not JSON")]
    [InlineData("{", "file:1:2: the file is not JSON")]
    [InlineData("{\n  \"mount\" \"/x\"\n}", "file:2:11: the file is not JSON")]
    [InlineData("{ \"mount\": \"/äö\" \"/x\"}", "file:1:18: the file is not JSON")]
    [InlineData("[]", "file:1:1: the file is not a JSON object")]
    [InlineData("{} {}", "file:1:4: the file is not JSON")]
    [InlineData("{ \"mount\": \"\\ud800\" }", "file:1:12: the text is not valid UTF-8")]
    public void A_file_that_is_not_a_JSON_object_is_one_fault_with_its_place(string content, string expected)
    {
        Assert.StartsWith(expected, Loading.Fault(content), StringComparison.Ordinal);
    }

    [Fact]
    public void Octets_that_are_not_UTF8_are_a_fault_and_not_a_crash()
    {
        var faults = new List<Fault>();

        Assert.Null(JsonSource.Parse([.. "{ \"mount\": \""u8, 0xC3, 0x28, .. "\" }"u8], "file", faults));
        Assert.Single(faults);
    }

    [Fact]
    public void A_fault_names_the_place_the_setting_the_problem_and_the_remedy()
    {
        string fault = Loading.Fault("{\n  // how long\n  \"retention\": { \"age\": \"2 hours\" }\n}");

        Assert.Equal("file:3:25: retention.age: \"2 hours\" has no unit that is known here; it takes a whole number with ms, s, m, h or d, from 1s to 365d.", fault);
    }

    [Fact]
    public void Columns_count_characters_as_editors_do()
    {
        Assert.StartsWith("file:1:11: x: there is no such setting", Loading.Fault("/* äöü */{\"x\": 1}"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_that_is_set_twice_is_a_fault()
    {
        Assert.Equal("file:3:1: mount: it is set twice, first at file:2:10; leave one.", Loading.Fault("{\n\"mount\": \"/a\",\n\"mount\": \"/b\"}"));
    }

    [Theory]
    [InlineData("""{ "mount": 5 }""", "mount: a number stands here; it takes a string")]
    [InlineData("""{ "mount": ["/rt"] }""", "mount: a list stands here")]
    [InlineData("""{ "mount": {} }""", "mount: an object stands here")]
    [InlineData("""{ "mount": null }""", "mount: null is not a value; leave the setting out")]
    [InlineData("""{ "lab": "true" }""", "lab: a string stands here; it takes true or false")]
    [InlineData("""{ "shards": "2" }""", "shards: a string stands here; it takes a whole number from 1 to 64")]
    [InlineData("""{ "shards": 1.5 }""", "shards: \"1.5\" is not a whole number")]
    [InlineData("""{ "heartbeat": 25 }""", "heartbeat: a number stands here; it takes a string: a whole number with ms")]
    [InlineData("""{ "heartbeat": true }""", "heartbeat: true or false stands here")]
    [InlineData("""{ "retention": "1h" }""", "retention: a string stands here; it takes an object")]
    [InlineData("""{ "listen": "http://localhost" }""", "listen: a string stands here; it takes a list")]
    [InlineData("""{ "listen": [] }""", "listen: the list is empty")]
    [InlineData("""{ "listen": [8080] }""", "listen[0]: a number stands here")]
    [InlineData("""{ "policies": [5] }""", "policies[0]: a number stands here; it takes an object")]
    public void A_value_of_another_type_is_a_fault_that_says_what_is_taken(string content, string expected)
    {
        Assert.Contains(expected, Loading.Fault(content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1e4")]
    [InlineData("10000.0")]
    public void A_whole_number_may_be_written_as_JSON_allows(string number)
    {
        Assert.Equal(10_000, Loading.Settings($$"""{ "retention": { "entries": {{number}} } }""").Rooms.Policy.Retention.Entries);
    }

    [Fact]
    public void What_is_shown_of_a_value_carries_no_control_characters_and_ends()
    {
        string fault = Loading.Fault(variables: ["GODWIT_mount=\u001b[2J" + new string('x', 5_000)]);

        Assert.DoesNotContain('\u001b', fault);
        Assert.True(Encoding.UTF8.GetByteCount(fault) < 500);
    }
}
