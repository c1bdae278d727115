using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Godwit.Server.Tests.Access;

/// <summary>Secrets are compared in one place, whose time says nothing about them.</summary>
public sealed class SecretComparisonTests
{
    private static readonly string[] Assemblies = ["Godwit", "Godwit.AspNetCore", "Godwit.Server", "Godwit.Protocol", "Godwit.WebRtc", "Godwit.Redis", "Godwit.Sqlite"];

    // Where credentials, session tokens and their keys are.
    private static readonly string[] Sensitive = ["Godwit.Access", "Godwit.AspNetCore.Access", "Godwit.Sessions.Tokens", "Godwit.WebRtc.Stun", "Godwit.WebRtc.Dtls"];

    [Fact]
    public void Nothing_else_compares_in_fixed_time() =>
        Assert.Equal(["Godwit.Access.SecretComparison.AreSame"], Callers(static (_, called) => called == "FixedTimeEquals"));

    [Fact]
    public void Where_secrets_are_nothing_compares_octets_in_another_way() =>
        Assert.Empty(Callers(static (space, called) => Sensitive.Any(space.StartsWith) && called == "SequenceEqual<byte>"));

    private static List<string> Callers(Func<string, string, bool> matches)
    {
        var callers = new List<string>();
        foreach (string assembly in Assemblies)
        {
            using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")));
            MetadataReader metadata = file.GetMetadataReader();
            foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
            {
                TypeDefinition type = metadata.GetTypeDefinition(handle);
                string space = SpaceOf(metadata, type);
                foreach (MethodDefinition method in type.GetMethods().Select(metadata.GetMethodDefinition).Where(static method => method.RelativeVirtualAddress != 0))
                {
                    if (Called(metadata, file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!).Any(called => matches(space, called)))
                    {
                        callers.Add($"{space}.{metadata.GetString(type.Name)}.{metadata.GetString(method.Name)}");
                    }
                }
            }
        }

        return callers;
    }

    /// <summary>The namespace of a type, also of one within another.</summary>
    private static string SpaceOf(MetadataReader metadata, TypeDefinition type)
    {
        while (!type.GetDeclaringType().IsNil)
        {
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        return metadata.GetString(type.Namespace);
    }

    /// <summary>What may be called in a method: every four octets behind a call's opcode that are the token of a method elsewhere.</summary>
    private static IEnumerable<string> Called(MetadataReader metadata, byte[] code)
    {
        for (int i = 0; i + 5 <= code.Length; i++)
        {
            if (code[i] is not (0x28 or 0x6F))
            {
                continue;
            }

            int token = BitConverter.ToInt32(code, i + 1);
            int row = token & 0xFFFFFF;
            if (token >> 24 == 0x0A && row > 0 && row <= metadata.GetTableRowCount(TableIndex.MemberRef))
            {
                yield return metadata.GetString(metadata.GetMemberReference(MetadataTokens.MemberReferenceHandle(row)).Name);
            }
            else if (token >> 24 == 0x2B && row > 0 && row <= metadata.GetTableRowCount(TableIndex.MethodSpec))
            {
                MethodSpecification made = metadata.GetMethodSpecification(MetadataTokens.MethodSpecificationHandle(row));
                if (made.Method.Kind == HandleKind.MemberReference)
                {
                    bool ofBytes = metadata.GetBlobBytes(made.Signature)[^1] == (byte)SignatureTypeCode.Byte;
                    yield return metadata.GetString(metadata.GetMemberReference((MemberReferenceHandle)made.Method).Name) + (ofBytes ? "<byte>" : "");
                }
            }
        }
    }
}
