using System.Reflection;

namespace Godwit.Tests;

public sealed class ReferenceTests
{
    [Fact]
    public void The_engine_and_the_protocol_refer_to_nothing_of_AspNetCore()
    {
        Assembly engine = typeof(GodwitOptions).Assembly;
        Assembly protocol = typeof(Protocol.Position).Assembly;
        Assert.Equal("Godwit", engine.GetName().Name);
        foreach (AssemblyName name in engine.GetReferencedAssemblies().Concat(protocol.GetReferencedAssemblies()))
        {
            Assert.DoesNotContain("AspNetCore", name.Name, StringComparison.OrdinalIgnoreCase);
        }
    }
}
