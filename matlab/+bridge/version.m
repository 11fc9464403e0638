function text = version()
    % VERSION  Version of the bridge that this folder belongs to.
    %
    %   text = bridge.version() is the version as text, '0.1.0': the same as that
    %   of the Python package which writes the files that these functions read.

    text = '0.1.0';
end
