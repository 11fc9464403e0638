function facts = about()
    % ABOUT  What runs this code: class of evidence, release, platform and date.
    %
    %   facts = bridge.session.about() is a structure of texts:
    %     evidence   'matlab' or 'octave', by what runs this very line
    %     release    'R2023b', 'GNU Octave 7.3.0'
    %     platform   the kind of computer: 'glnxa64', 'x86_64-pc-linux-gnu'
    %     date       local date and time, '2024-01-31 12:00:00'

    if exist('OCTAVE_VERSION', 'builtin')
        facts.evidence = 'octave';
        facts.release = ['GNU Octave ' OCTAVE_VERSION()];
        facts.platform = computer();
    else
        facts.evidence = 'matlab';
        facts.release = ['R' version('-release')];
        facts.platform = computer('arch');
    end
    facts.date = datestr(now(), 'yyyy-mm-dd HH:MM:SS');
end
